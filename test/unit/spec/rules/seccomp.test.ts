import { test } from "node:test";
import type { Seccomp } from "../../../../src/spec/config.js";
import { seccomp } from "../../../../src/spec/rules/seccomp.js";
import { type FullConfig, passes, refuses } from "./support.js";

const profile =
  (properties: Partial<Seccomp>) =>
  (c: FullConfig): void => {
    c.linux.seccomp = { defaultAction: "SCMP_ACT_ERRNO", ...properties };
  };
const at = "/linux/seccomp";

test("seccomp", () => {
  passes(seccomp);
  passes(
    seccomp,
    profile({
      defaultErrnoRet: 38,
      flags: ["SECCOMP_FILTER_FLAG_LOG"],
      syscalls: [{ names: ["x"], action: "SCMP_ACT_TRACE", errnoRet: 1 }],
    }),
  );
  refuses(
    seccomp,
    profile({ defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1 }),
    `${at}/defaultErrnoRet`,
    "defaultErrnoRet cannot be used with SCMP_ACT_ALLOW",
  );
  refuses(
    seccomp,
    profile({ syscalls: [{ names: ["x"], action: "SCMP_ACT_KILL", errnoRet: 1 }] }),
    `${at}/syscalls/0/errnoRet`,
    "errnoRet cannot be used with SCMP_ACT_KILL",
  );
  refuses(
    seccomp,
    profile({ syscalls: [{ names: ["x"], action: "SCMP_ACT_ALLOW", args: [{ index: 6, value: 0, op: "SCMP_CMP_EQ" }] }] }),
    `${at}/syscalls/0/args/0/index`,
    "system calls have 6 arguments: index must be from 0 to 5, not 6",
  );
  refuses(
    seccomp,
    profile({ flags: ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] }),
    `${at}/flags/1`,
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV cannot be used without SCMP_ACT_NOTIFY",
  );
  refuses(
    seccomp,
    profile({ syscalls: [{ names: ["x", ""], action: "SCMP_ACT_ALLOW" }] }),
    `${at}/syscalls/0/names/1`,
    "empty string is not a valid syscall",
  );
  const notify = { names: ["mkdir"], action: "SCMP_ACT_NOTIFY" as const };
  const flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" as const];
  passes(seccomp, profile({ syscalls: [notify], flags, listenerPath: "/run/agent", listenerMetadata: "x" }));
  passes(seccomp, profile({ listenerPath: "", listenerMetadata: "" }));
  refuses(seccomp, profile({ syscalls: [notify] }), `${at}/listenerPath`, "seccomp listenerPath is not set");
  refuses(seccomp, profile({ listenerMetadata: "x" }), `${at}/listenerMetadata`, "listenerMetadata cannot be used without listenerPath");
  refuses(
    seccomp,
    profile({ defaultAction: "SCMP_ACT_NOTIFY" }),
    `${at}/defaultAction`,
    "SCMP_ACT_NOTIFY cannot be used as default action",
  );
  refuses(
    seccomp,
    profile({ listenerPath: "/run/agent", syscalls: [notify, { names: ["read", "write"], action: "SCMP_ACT_NOTIFY" }] }),
    `${at}/syscalls/1/action`,
    "SCMP_ACT_NOTIFY cannot be used for the write syscall",
  );
});
