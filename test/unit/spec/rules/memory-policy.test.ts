import { test } from "node:test";
import type { Linux } from "../../../../src/spec/config.js";
import { memoryPolicy } from "../../../../src/spec/rules/memory-policy.js";
import { passes, refuses } from "./support.js";

type Policy = NonNullable<Linux["memoryPolicy"]>;
const set = (value: Policy) => (c: { linux: Linux }) => void Object.assign(c.linux, { memoryPolicy: value });

test("what set_mempolicy(2) would refuse without a word", () => {
  const cases: [Policy, string, string][] = [
    [{ nodes: "0" }, "", "memoryPolicy needs a mode"],
    [{ mode: "MPOL_BIND" }, "", "memory policy MPOL_BIND requires at least one node"],
    [{ mode: "MPOL_INTERLEAVE", nodes: "" }, "", "memory policy MPOL_INTERLEAVE requires at least one node"],
    [{ mode: "MPOL_DEFAULT", nodes: "0" }, "/nodes", "memory policy MPOL_DEFAULT takes no nodes"],
    [{ mode: "MPOL_LOCAL", nodes: "0" }, "/nodes", "memory policy MPOL_LOCAL takes no nodes"],
    [{ mode: "MPOL_BIND", nodes: "a" }, "/nodes", 'invalid list of nodes "a": "a" is no node and no range'],
    [{ mode: "MPOL_BIND", nodes: "3-1" }, "/nodes", 'invalid list of nodes "3-1": the range "3-1" is the wrong way round'],
    [{ mode: "MPOL_BIND", nodes: "1024" }, "/nodes", 'invalid list of nodes "1024": nodes are numbered from 0 to 1023'],
    [{ mode: "MPOL_BIND", nodes: "," }, "/nodes", 'invalid list of nodes ",": it names none'],
    [
      { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"] },
      "/flags",
      "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other",
    ],
    [{ mode: "MPOL_PREFERRED", flags: ["MPOL_F_STATIC_NODES"] }, "/flags", "memory policy MPOL_PREFERRED without nodes takes no flags"],
    [
      { mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"] },
      "/flags",
      "MPOL_F_NUMA_BALANCING is for MPOL_BIND and MPOL_PREFERRED_MANY",
    ],
  ];
  for (const [value, name, message] of cases) refuses(memoryPolicy, set(value), `/linux/memoryPolicy${name}`, message);
});

test("what it takes", () => {
  passes(memoryPolicy);
  for (const value of [{}, { mode: "MPOL_LOCAL" }, { mode: "MPOL_PREFERRED" }, { mode: "MPOL_BIND", nodes: "0-1, 3" }] as const) {
    passes(memoryPolicy, set(value));
  }
});
