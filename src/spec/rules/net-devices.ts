import { type Finding, type Rule, escapePointer, hasNamespace, quoted } from "./rule.js";

const at = "/linux/netDevices";

/** IFNAMSIZ with the NUL. */
const MOST = 15;

/** Messages as runc's. */
export const netDevices: Rule = (config, { facts }) => {
  const devices = Object.entries(config.linux?.netDevices ?? {});
  if (devices.length === 0) return undefined;
  if (!hasNamespace(config, "network")) return { at, message: "unable to move network devices without a NET namespace" };
  if (facts.euid !== 0 || facts.userNamespace) return { at, message: "network devices are not supported for rootless containers" };
  const names = new Map<string, string>();
  for (const [device, { name = "" }] of devices) {
    const own = `${at}/${escapePointer(device)}`;
    const bad = nameProblem(device, false, own) ?? (name === "" ? undefined : nameProblem(name, true, `${own}/name`));
    if (bad !== undefined) return bad;
    const target = name === "" ? device : name;
    const other = names.get(target);
    if (other !== undefined && !target.includes("%")) {
      return { at: own, message: `network devices ${quoted(other)} and ${quoted(device)} would both be called ${quoted(target)}` };
    }
    names.set(target, device);
  }
  return undefined;
};

/** dev_valid_name() of the kernel; a template has one %d (dev_alloc_name(), which knows no other format). */
function nameProblem(name: string, template: boolean, where: string): Finding | undefined {
  const plain = template ? name.replace("%d", "") : name;
  const long = new TextEncoder().encode(name).length > MOST;
  if (name !== "" && name !== "." && name !== ".." && !long && !/[\s/:%\0]/.test(plain)) return undefined;
  return { at: where, message: `invalid network device name ${quoted(name)}` };
}
