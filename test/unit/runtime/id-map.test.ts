import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIdMap, sameIdMaps } from "../../../src/runtime/id-map.js";

test("a map as the kernel prints it", () => {
  assert.deepEqual(parseIdMap("         0     100000      65536\n     65536          0          1\n"), [
    { containerId: 0, hostId: 100000, size: 65536 },
    { containerId: 65536, hostId: 0, size: 1 },
  ]);
  assert.deepEqual(parseIdMap(""), []);
});

test("maps are compared by ids, not by ranges", () => {
  const range = (containerId: number, hostId: number, size: number) => ({ containerId, hostId, size });
  assert.ok(sameIdMaps([range(0, 10, 4)], [range(2, 12, 2), range(0, 10, 2)]));
  assert.ok(!sameIdMaps([range(0, 10, 4)], [range(0, 10, 2), range(2, 20, 2)]));
  assert.ok(!sameIdMaps([range(0, 10, 4)], [range(0, 10, 3)]));
  assert.ok(!sameIdMaps([range(0, 10, 4)], []));
});
