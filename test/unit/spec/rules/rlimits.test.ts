import { test } from "node:test";
import { rlimits } from "../../../../src/spec/rules/rlimits.js";
import { type FullConfig, passes, refuses } from "./support.js";

const limit = (type: string, soft: number | bigint = 1, hard: number | bigint = 1) => ({ type: `RLIMIT_${type}`, soft, hard });
const set =
  (...list: ReturnType<typeof limit>[]) =>
  (c: FullConfig): void => {
    c.process.rlimits = list;
  };

test("rlimits", () => {
  passes(
    rlimits,
    set(
      limit("NOFILE"),
      limit("RTTIME"),
      limit("CORE", 0, 18446744073709551615n),
      limit("AS", 18446744073709551615n, 18446744073709551615n),
    ),
  );
  refuses(rlimits, set(limit("FOO")), "/process/rlimits/0/type", "wrong rlimit value: RLIMIT_FOO");
  refuses(rlimits, set(limit("CPU"), limit("CPU")), "/process/rlimits/1/type", "duplicated rlimit RLIMIT_CPU");
  refuses(rlimits, set(limit("CPU", 2, 1)), "/process/rlimits/0/soft", "soft limit 2 of RLIMIT_CPU is above its hard limit 1");
});
