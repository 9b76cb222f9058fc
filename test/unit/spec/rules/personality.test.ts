import { test } from "node:test";
import { personality } from "../../../../src/spec/rules/personality.js";
import { passes, refuses } from "./support.js";

test("flags are refused: the specification has none", () => {
  const message = "personality.flags must be empty: the specification has no flags yet";
  refuses(
    personality,
    (c) => (c.linux.personality = { domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"] }),
    "/linux/personality/flags",
    message,
  );
  passes(personality);
  passes(personality, (c) => (c.linux.personality = { domain: "LINUX32", flags: [] }));
});
