import { test } from "node:test";
import type { Memory } from "../../../../src/spec/config.js";
import { memory } from "../../../../src/spec/rules/memory.js";
import { type FullConfig, passes, refuses } from "./support.js";

const limits =
  (value: Memory) =>
  (c: FullConfig): void => {
    c.linux.resources.memory = value;
  };
const at = "/linux/resources/memory";

test("memory limits", () => {
  for (const value of [
    {},
    { limit: 5, swap: 5 },
    { limit: 5, swap: -1 },
    { swap: 0 },
    { limit: -1 },
    { limit: 9007199254740993n, swap: 9007199254740993n },
  ]) {
    passes(memory, limits(value));
  }
  refuses(memory, limits({ swap: 5 }), `${at}/swap`, "unable to set swap limit without memory limit");
  refuses(memory, limits({ limit: -1, swap: 5 }), `${at}/swap`, "unable to set swap limit without memory limit");
  refuses(memory, limits({ limit: 6, swap: 5 }), `${at}/swap`, "memory+swap limit should be >= memory limit");
  refuses(
    memory,
    limits({ limit: 9007199254740994n, swap: 9007199254740993n }),
    `${at}/swap`,
    "memory+swap limit should be >= memory limit",
  );
  refuses(memory, limits({ limit: -2 }), `${at}/limit`, "invalid memory value: -2 (-1 is no limit)");
});

test("swappiness: 0 to 100, or Docker's -1", () => {
  for (const swappiness of [0, 100, 18446744073709551615n]) passes(memory, limits({ swappiness }));
  refuses(memory, limits({ swappiness: 101 }), `${at}/swappiness`, "invalid memory swappiness value: 101 (valid range is 0-100)");
});
