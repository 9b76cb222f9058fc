import { type Rule, escapePointer, quoted } from "./rule.js";

/** config-linux.md, RDMA: at least one of the two limits for each device. A name is a word of a line of rdma.max. */
export const rdma: Rule = ({ linux }) => {
  for (const [name, { hcaHandles, hcaObjects }] of Object.entries(linux?.resources?.rdma ?? {})) {
    const at = `/linux/resources/rdma/${escapePointer(name)}`;
    if (!/^[^\s/=]+$/.test(name)) return { at, message: `invalid RDMA device name ${quoted(name)}` };
    if (hcaHandles === undefined && hcaObjects === undefined) {
      return { at, message: `rdma limits of ${quoted(name)} need hcaHandles or hcaObjects` };
    }
  }
  return undefined;
};
