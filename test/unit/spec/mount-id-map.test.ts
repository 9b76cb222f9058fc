import { test } from "node:test";
import assert from "node:assert/strict";
import type { Config, Mount } from "../../../src/spec/config.js";
import { isIdMapOption, mountIdMap } from "../../../src/spec/mount-id-map.js";

const container: Config = {
  ociVersion: "1.3.0",
  linux: {
    uidMappings: [
      { containerID: 0, hostID: 0, size: 1 },
      { containerID: 1, hostID: 2, size: 1000 },
    ],
    gidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
  },
};

const mapOf = (mount: Partial<Mount>, config = container): unknown => mountIdMap({ destination: "/x", ...mount }, config);
const range = (containerID: number, hostID: number, size: number): object => ({ containerID, hostID, size });

test("what asks for a mapping, and how far it reaches", () => {
  const own = [range(0, 7, 1)] as NonNullable<Mount["uidMappings"]>;
  assert.equal(mapOf({}), undefined);
  assert.equal(mapOf({ options: ["rbind", "ro", "noidmap", "xidmap=", "idmapped"] }), undefined);
  assert.equal(mapOf({ uidMappings: [], gidMappings: [] }), undefined);
  assert.deepEqual(mapOf({ options: ["idmap"] }), { tree: false, uid: [], gid: [] });
  assert.deepEqual(mapOf({ options: ["idmap="] }), { tree: false, uid: [], gid: [] });
  assert.deepEqual(mapOf({ options: ["ridmap", "bind"] }), { tree: true, uid: [], gid: [] });
  assert.deepEqual(mapOf({ options: ["ridmap", "idmap"] }), { tree: false, uid: [], gid: [] });
  assert.deepEqual(mapOf({ uidMappings: own, gidMappings: own }), { tree: false, uid: own, gid: own });
  assert.deepEqual(mapOf({ options: ["ridmap"], uidMappings: own, gidMappings: own }), { tree: true, uid: own, gid: own });
  // The properties are the specification's.
  assert.deepEqual(mapOf({ options: ["idmap=uids=0-1-1;gids=0-1-1"], uidMappings: own, gidMappings: own }), {
    tree: false,
    uid: own,
    gid: own,
  });
  assert.deepEqual(["idmap", "ridmap", "idmap=x", "size=1k"].map(isIdMapOption), [true, true, true, false]);
});

test("crun's maps in the option", () => {
  assert.deepEqual(mapOf({ options: ["idmap=uids=0-1-10#10-11-10;gids=0-100-10"] }), {
    tree: false,
    uid: [range(0, 1, 10), range(10, 11, 10)],
    gid: [range(0, 100, 10)],
  });
  // The example of crun's manual: 3 is id 4 outside.
  assert.deepEqual(mapOf({ options: ["ridmap=uids=@1-3-10;gids=@0-5-1"] }), {
    tree: true,
    uid: [range(1, 4, 10)],
    gid: [range(0, 100005, 1)],
  });
  const wrong: [string, string][] = [
    ["uids=0-1", '"0-1" is not a range of ids: FIRST-OUTSIDE-COUNT'],
    ["uids=", '"" is not a range of ids: FIRST-OUTSIDE-COUNT'],
    ["uids=0-1--1;gids=0-1-1", '"0-1--1" is not a range of ids: FIRST-OUTSIDE-COUNT'],
    ["uids=0-4294967296-1", 'a number in "0-4294967296-1" does not fit 32 bits'],
    ["users=0-1-1", '"users=0-1-1" is neither uids= nor gids='],
    ["uids=@0-5000-1", 'the container has no mapping for id 5000, to which "@0-5000-1" is relative'],
  ];
  for (const [text, message] of wrong) assert.deepEqual(mapOf({ options: ["bind", `idmap=${text}`] }), { index: 1, message });
});
