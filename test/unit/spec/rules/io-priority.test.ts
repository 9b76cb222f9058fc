import { test } from "node:test";
import { ioPriority } from "../../../../src/spec/rules/io-priority.js";
import { passes, refuses } from "./support.js";

test("priorities are from 0 to 7", () => {
  for (const priority of [-1, 8]) {
    const change = (c: { process: object }) => void Object.assign(c.process, { ioPriority: { class: "IOPRIO_CLASS_BE", priority } });
    refuses(ioPriority, change, "/process/ioPriority/priority", `invalid ioPriority.Priority: ${priority}`);
  }
  passes(ioPriority);
  passes(ioPriority, (c) => (c.process.ioPriority = { class: "IOPRIO_CLASS_IDLE", priority: 7 }));
});
