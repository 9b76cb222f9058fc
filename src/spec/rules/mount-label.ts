import type { Rule } from "./rule.js";

/** A label that no kernel enforces would be worse than an error; without SELinux the kernel knows no option context=. */
export const mountLabel: Rule = ({ linux }, { facts }) => {
  if ((linux?.mountLabel ?? "") === "" || facts.selinux) return undefined;
  return { at: "/linux/mountLabel", message: "selinux mount label is specified in config, but selinux is disabled or not supported" };
};
