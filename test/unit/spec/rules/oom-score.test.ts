import { test } from "node:test";
import { oomScore } from "../../../../src/spec/rules/oom-score.js";
import { passes, refuses } from "./support.js";

test("oomScoreAdj", () => {
  passes(oomScore);
  for (const value of [-1000, 0, 1000]) passes(oomScore, (c) => (c.process.oomScoreAdj = value));
  for (const value of [-1001, 1001]) {
    refuses(
      oomScore,
      (c) => (c.process.oomScoreAdj = value),
      "/process/oomScoreAdj",
      `oomScoreAdj must be from -1000 to 1000, not ${value}`,
    );
  }
});
