import { test } from "node:test";
import { mountIdMaps } from "../../../../src/spec/rules/mount-id-maps.js";
import { type FullConfig, passes, refuses } from "./support.js";

const maps = [{ containerID: 0, hostID: 7, size: 1 }];

const mount =
  (properties: object, userNamespace = false) =>
  (c: FullConfig): void => {
    c.mounts = [{ destination: "/x", source: "/y", options: ["bind"], ...properties }];
    if (userNamespace) (c.linux.namespaces as unknown[]).push({ type: "user" });
  };

const both = "id-mapped mounts must have both uid and gid mappings specified";

test("mappings that can be made", () => {
  passes(mountIdMaps, mount({ uidMappings: maps, gidMappings: maps }));
  passes(mountIdMaps, mount({ uidMappings: [], gidMappings: [] }));
  passes(mountIdMaps, mount({ options: ["idmap=uids=0-7-1;gids=0-7-1"] }));
  passes(mountIdMaps, mount({ options: ["rbind", "ridmap"] }, true));
  passes(mountIdMaps, mount({ type: "tmpfs", options: ["size=1k", "idmap"] }, true));
});

test("mappings that can not", () => {
  refuses(mountIdMaps, mount({ uidMappings: maps }), "/mounts/0/uidMappings", both);
  refuses(mountIdMaps, mount({ gidMappings: maps }), "/mounts/0/gidMappings", both);
  refuses(mountIdMaps, mount({ options: ["idmap=uids=0-7-1"] }, true), "/mounts/0/options/0", both);
  refuses(mountIdMaps, mount({ options: ["bind", "idmap"] }), "/mounts/0/options/1", both);
  refuses(
    mountIdMaps,
    mount({ options: ["bind", "idmap=uids=x"] }),
    "/mounts/0/options/1",
    'invalid id mapping: "x" is not a range of ids: FIRST-OUTSIDE-COUNT',
  );
  const rootless = "id-mapped mounts are not supported for rootless containers";
  refuses(mountIdMaps, mount({ options: ["bind", "idmap"] }, true), "/mounts/0/options/1", rootless, { euid: 1000 });
  const empty = [{ containerID: 0, hostID: 0, size: 0 }];
  refuses(
    mountIdMaps,
    mount({ uidMappings: maps, gidMappings: empty }),
    "/mounts/0/gidMappings/0/size",
    "a mapping of size 0 maps nothing",
  );
  const twice = [...maps, { containerID: 0, hostID: 9, size: 1 }];
  refuses(
    mountIdMaps,
    mount({ uidMappings: twice, gidMappings: maps }),
    "/mounts/0/uidMappings/1",
    "containerID range overlaps the one of mapping 0",
  );
  refuses(
    mountIdMaps,
    mount({ options: ["remount", "idmap"] }, true),
    "/mounts/0/options/1",
    "a remount can not change the id mapping of a mount",
  );
  refuses(
    mountIdMaps,
    mount({ type: "tmpfs", options: ["tmpcopyup", "idmap"] }, true),
    "/mounts/0/options/0",
    "tmpcopyup is not possible for an id-mapped mount",
  );
  refuses(mountIdMaps, mount({ type: "cgroup", options: ["idmap"] }, true), "/mounts/0/options/0", "a cgroup mount can not be id-mapped");
});
