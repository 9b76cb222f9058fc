import { test } from "node:test";
import type { Linux } from "../../../../src/spec/config.js";
import { intelRdt } from "../../../../src/spec/rules/intel-rdt.js";
import { type FullConfig, passes, refuses } from "./support.js";

type Rdt = NonNullable<Linux["intelRdt"]>;
const set = (value: Rdt) => (c: FullConfig) => void Object.assign(c.linux, { intelRdt: value });
const there = { resctrl: "/sys/fs/resctrl" };

test("without resctrl nothing can be asked for", () => {
  const message = "intelRdt is specified in config, but Intel RDT is not enabled";
  for (const value of [{ closID: "/" }, { schemata: ["L2:0=f"] }, { enableMonitoring: true }]) {
    refuses(intelRdt, set(value), "/linux/intelRdt", message);
    passes(intelRdt, set(value), there);
  }
  passes(intelRdt, set({ closID: "", schemata: [], enableMonitoring: false }));
});

test("names of one directory, schemas of one line", () => {
  for (const closID of [".", "..", "a/b", "//"]) {
    refuses(intelRdt, set({ closID }), "/linux/intelRdt/closID", `invalid intelRdt.ClosID ${JSON.stringify(closID)}`, there);
  }
  refuses(intelRdt, set({ l3CacheSchema: "L3:0=f\n" }), "/linux/intelRdt/l3CacheSchema", "a schema is one line", there);
  refuses(intelRdt, set({ schemata: ["L2:0=f", "a\nb"] }), "/linux/intelRdt/schemata/1", "a schema is one line", there);
});
