import assert from "node:assert/strict";
import test from "node:test";
import { table } from "../../../src/cli/table-text.js";

test("columns as Go's tabwriter makes them for runc: at least 12, 3 spaces between, the last one ragged", () => {
  const rows = [
    ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"],
    ["a-rather-long-id", "0", "stopped", "/b", "2026-01-02T03:04:05Z", "root"],
  ];
  assert.equal(
    table(rows),
    "ID                 PID         STATUS      BUNDLE      CREATED                OWNER\n" +
      "a-rather-long-id   0           stopped     /b          2026-01-02T03:04:05Z   root\n",
  );
  assert.equal(table([["ID", "PID"]]), "ID          PID\n");
});
