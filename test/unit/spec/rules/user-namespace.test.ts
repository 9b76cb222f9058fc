import { test } from "node:test";
import { userNamespace } from "../../../../src/spec/rules/user-namespace.js";
import { type FullConfig, passes, refuses } from "./support.js";

const map = (containerID: number) => [{ containerID, hostID: 1000, size: 10 }];
const user =
  (uidMappings?: object[], gidMappings?: object[], path?: string) =>
  (c: FullConfig): void => {
    c.linux.namespaces.push({ type: "user", ...(path === undefined ? {} : { path }) });
    Object.assign(c.linux, { ...(uidMappings && { uidMappings }), ...(gidMappings && { gidMappings }) });
  };

test("user namespace and maps", () => {
  passes(userNamespace);
  passes(userNamespace, user(map(0), map(0)));
  passes(userNamespace, user(undefined, undefined, "/proc/1/ns/user"));
  passes(userNamespace, user(map(0), map(0), "/proc/1/ns/user"));
  passes(userNamespace, (c) => (c.linux.uidMappings = []));
  const disabled = "user namespace mappings specified, but user namespace isn't enabled in the config";
  refuses(userNamespace, (c) => (c.linux.uidMappings = map(0)), "/linux/uidMappings", disabled);
  refuses(userNamespace, (c) => (c.linux.gidMappings = map(0)), "/linux/gidMappings", disabled);
  const neither = "user namespaces enabled, but no namespace path to join nor mappings to apply specified";
  refuses(userNamespace, user(), "/linux/namespaces", neither);
  refuses(userNamespace, user([], [], ""), "/linux/namespaces", neither);
  refuses(userNamespace, user(map(0)), "/linux/gidMappings", "user namespaces enabled, but no gid mappings found");
  refuses(userNamespace, user(map(1), map(0)), "/linux/uidMappings", "user namespaces enabled, but no mapping found for uid 0");
});
