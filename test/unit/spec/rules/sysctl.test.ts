import { test } from "node:test";
import { sysctl } from "../../../../src/spec/rules/sysctl.js";
import { type FullConfig, passes, refuses, without } from "./support.js";

const set =
  (key: string, change: (c: FullConfig) => void = () => undefined) =>
  (c: FullConfig): void => {
    c.linux.sysctl = { [key]: "1" };
    change(c);
  };
const at = (key: string): string => `/linux/sysctl/${key.replace(/\//g, "~1")}`;

test("parameters of the container's own namespaces", () => {
  for (const key of [
    "kernel.shmmax",
    "kernel/msgmax",
    "fs.mqueue.msg_max",
    "net.ipv4.ip_forward",
    "net/ipv4/conf/eth0.1/forwarding",
    "kernel.domainname",
  ]) {
    passes(sysctl, set(key));
  }
  passes(
    sysctl,
    set("user.max_user_namespaces", (c) => c.linux.namespaces.push({ type: "user" })),
  );
  passes(
    sysctl,
    set("net.core.somaxconn", (c) => {
      without(c, "network");
      c.linux.namespaces.push({ type: "network", path: "/run/netns/a" });
    }),
  );
});

test("parameters of a shared namespace", () => {
  const key = "net/core/somaxconn";
  refuses(
    sysctl,
    set("kernel.sem", (c) => without(c, "ipc")),
    at("kernel.sem"),
    'sysctl "kernel.sem" is not allowed in the hosts ipc namespace',
  );
  refuses(
    sysctl,
    set("fs.mqueue.x", (c) => without(c, "ipc")),
    at("fs.mqueue.x"),
    'sysctl "fs.mqueue.x" is not allowed in the hosts ipc namespace',
  );
  refuses(
    sysctl,
    set(key, (c) => without(c, "network")),
    at(key),
    'sysctl "net.core.somaxconn" not allowed in host network namespace',
  );
  const own = (c: FullConfig): void => {
    without(c, "network");
    c.linux.namespaces.push({ type: "network", path: "/proc/self/ns/net" });
  };
  refuses(sysctl, set(key, own), at(key), 'sysctl "net.core.somaxconn" not allowed in host network namespace');
  refuses(
    sysctl,
    set("kernel.domainname", (c) => without(c, "uts")),
    at("kernel.domainname"),
    'sysctl "kernel.domainname" is not in a separate kernel namespace',
  );
  refuses(
    sysctl,
    set("user.max_mnt_namespaces"),
    at("user.max_mnt_namespaces"),
    "setting ucounts without a user namespace not allowed: user.max_mnt_namespaces",
  );
});

test("parameters of the host", () => {
  refuses(
    sysctl,
    set("kernel.hostname"),
    at("kernel.hostname"),
    'sysctl "kernel.hostname" is not allowed as it conflicts with the OCI "hostname" field',
  );
  for (const key of ["kernel.panic", "vm.swappiness", "fs.file-max", "x"]) {
    refuses(sysctl, set(key), at(key), `sysctl "${key}" is not in a separate kernel namespace`);
  }
});

test("names that would leave their directory", () => {
  for (const key of ["net/../kernel/panic", "net..kernel", "net.ipv4.", "/net/x", "", "net./../x"]) {
    refuses(sysctl, set(key), at(key), `sysctl "${key}" is not a name of a kernel parameter`);
  }
});
