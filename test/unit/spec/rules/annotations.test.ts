import { test } from "node:test";
import { annotations } from "../../../../src/spec/rules/annotations.js";
import { type FullConfig, passes, refuses } from "./support.js";

const set = (values: Readonly<Record<string, string>>) => (c: FullConfig) => void Object.assign(c, { annotations: values });

test("properties of a systemd unit are named by letters and have a value", () => {
  for (const name of ["", "ab", "Timeout Sec", "a/b", "CPU1", "x;y"]) {
    const key = `org.systemd.property.${name}`;
    const message = `annotation ${key} name incorrect: "${name}" is no property of a systemd unit`;
    refuses(annotations, set({ [key]: "1" }), `/annotations/${key.replace("/", "~1")}`, message);
  }
  const empty = "annotation org.systemd.property.CollectMode value parse error: it is empty";
  refuses(annotations, set({ "org.systemd.property.CollectMode": " " }), "/annotations/org.systemd.property.CollectMode", empty);
});

test("others are the caller's", () => {
  passes(annotations);
  passes(annotations, set({ "org.systemd.property.TimeoutStopUSec": "uint64 1", "a b": "", "run.oci.handler": "krun" }));
});
