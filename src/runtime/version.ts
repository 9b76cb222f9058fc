// The version text that engines parse (survey 3.9).
import type { Host } from "../host/port.js";
import { baseName } from "../store/paths.js";

/** Set by the build: the commit, or empty outside of a git tree. */
declare const __TSRUNC_COMMIT__: string | undefined;

export const VERSION = "0.1.0";
/** The newest runtime-spec that is followed. */
export const SPEC_VERSION = "1.3.0";

export function commit(): string {
  return typeof __TSRUNC_COMMIT__ === "string" ? __TSRUNC_COMMIT__ : "";
}

/** go-runc reads a version only from a line that begins with `runc version `: installed as `runc` we say so. */
export function versionText(host: Host): string {
  const name = baseName(host.launch.argv0) === "runc" ? "runc" : "tsrunc";
  const lines = [`${name} version ${VERSION}`];
  if (commit() !== "") lines.push(`commit: ${commit()}`);
  lines.push(`spec: ${SPEC_VERSION}`, `libseccomp: ${host.native.seccompInfo().version}`);
  return `${lines.join("\n")}\n`;
}
