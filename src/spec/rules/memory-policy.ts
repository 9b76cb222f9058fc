import { listProblem } from "../number-list.js";
import type { Linux } from "../config.js";
import type { Finding, Rule } from "./rule.js";

type MemoryPolicy = NonNullable<Linux["memoryPolicy"]>;

const at = "/linux/memoryPolicy";

/** set_mempolicy(2) says EINVAL to all of this. */
export const memoryPolicy: Rule = ({ linux }) => {
  const policy = linux?.memoryPolicy;
  // `{}` asks for nothing.
  if (policy === undefined || Object.keys(policy).length === 0) return undefined;
  if (policy.mode === undefined) return { at, message: "memoryPolicy needs a mode" };
  return nodesProblem(policy) ?? flagsProblem(policy);
};

function nodesProblem({ mode, nodes = "" }: MemoryPolicy): Finding | undefined {
  if (nodes === "") {
    if (mode === "MPOL_DEFAULT" || mode === "MPOL_LOCAL" || mode === "MPOL_PREFERRED") return undefined;
    return { at, message: `memory policy ${mode} requires at least one node` };
  }
  if (mode === "MPOL_DEFAULT" || mode === "MPOL_LOCAL") return { at: `${at}/nodes`, message: `memory policy ${mode} takes no nodes` };
  const problem = listProblem(nodes, "node");
  return problem === undefined ? undefined : { at: `${at}/nodes`, message: problem };
}

function flagsProblem({ mode, nodes = "", flags = [] }: MemoryPolicy): Finding | undefined {
  const has = (name: (typeof flags)[number]): boolean => flags.includes(name);
  const refuse = (message: string): Finding => ({ at: `${at}/flags`, message });
  const both = has("MPOL_F_STATIC_NODES") && has("MPOL_F_RELATIVE_NODES");
  if (both) return refuse("MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
  if (flags.length > 0 && nodes === "") return refuse(`memory policy ${mode} without nodes takes no flags`);
  if (has("MPOL_F_NUMA_BALANCING") && mode !== "MPOL_BIND" && mode !== "MPOL_PREFERRED_MANY") {
    return refuse("MPOL_F_NUMA_BALANCING is for MPOL_BIND and MPOL_PREFERRED_MANY");
  }
  return undefined;
}
