import { test } from "node:test";
import { procMounts } from "../../../../src/spec/rules/proc-mounts.js";
import { type FullConfig, passes, refuses } from "./support.js";

const mount =
  (destination: string, properties: object) =>
  (c: FullConfig): void => {
    c.mounts = [{ destination, ...properties }];
  };
const bind = { source: "/a", options: ["bind"] };

test("only procfs covers /proc, only LXCFS its files", () => {
  passes(procMounts, mount("/proc", { type: "proc" }));
  passes(procMounts, mount("/proc/", bind));
  for (const path of ["/proc/cpuinfo", "/proc/sys/kernel/ns_last_pid", "/processes", "/x/proc/y"]) passes(procMounts, mount(path, bind));
  refuses(procMounts, mount("/proc", { type: "tmpfs" }), "/mounts/0/type", '"/proc" cannot be mounted because it is not of type proc');
  refuses(
    procMounts,
    mount("proc/../proc", { type: "tmpfs" }),
    "/mounts/0/type",
    '"/proc" cannot be mounted because it is not of type proc',
  );
  for (const path of ["/proc/sys", "/proc/sys/kernel", "/proc/cpuinfo/x", "/proc/1/root"]) {
    refuses(procMounts, mount(path, bind), "/mounts/0/destination", `"${path}" cannot be mounted because it is inside /proc`);
  }
  refuses(procMounts, mount("//proc/./acpi/", bind), "/mounts/0/destination", '"/proc/acpi" cannot be mounted because it is inside /proc');
});
