import type { Config } from "../config.js";
import type { Finding, RuleContext } from "./rule.js";

/**
 * A label that nobody enforces would be worse than an error. `unconfined` asks for nothing where there is no AppArmor. The messages
 * are runc's: engines look for them.
 */
export function labels(
  { process }: Config,
  { facts }: { readonly facts: Pick<RuleContext["facts"], "apparmor" | "selinux"> },
): Finding | undefined {
  const { apparmorProfile = "", selinuxLabel = "" } = process ?? {};
  if (apparmorProfile !== "" && apparmorProfile !== "unconfined" && !facts.apparmor) {
    return { at: "/process/apparmorProfile", message: "apparmor: config provided but apparmor not supported" };
  }
  if (selinuxLabel !== "" && !facts.selinux) {
    const message = "selinux label is specified in config, but selinux is disabled or not supported";
    return { at: "/process/selinuxLabel", message };
  }
  return undefined;
}
