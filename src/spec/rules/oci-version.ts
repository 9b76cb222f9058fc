import { type Rule, quoted } from "./rule.js";

// https://semver.org: three numbers without leading zeros; what follows says pre-release or build.
const semanticVersion = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** A next major version would mean something else by the same properties (runtime-spec, "Specification version" and "Valid values"). */
export const ociVersion: Rule = ({ ociVersion: version }) => {
  const at = "/ociVersion";
  const match = semanticVersion.exec(version);
  if (match === null) return { at, message: `ociVersion ${quoted(version)} is not a version of the form 1.2.3` };
  return Number(match[1]) > 1 ? { at, message: `ociVersion ${quoted(version)} is not supported: 1.x is` } : undefined;
};
