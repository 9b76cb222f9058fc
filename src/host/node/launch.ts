// What the launcher (addon/launcher) hands over in the environment: how it was called, and its caller's variables, which take no effect
// in Node because each has a prefix.
import { readFileSync, readdirSync } from "node:fs";
import type { LaunchRecord } from "../port.js";
import { parseRecord, signalsOf } from "../record.js";

const RECORD = "TSRUNC_LAUNCH";
const PREFIX = "TSRUNC_ENV_";

export interface Launch {
  readonly record: LaunchRecord;
  readonly env: Readonly<Record<string, string>>;
}

/** The caller's variables out of the launcher's. A map without prototype: a variable may be called `__proto__`. */
export function callerEnvironment(guarded: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const env = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(guarded)) {
    if (name.startsWith(PREFIX) && value !== undefined) env[name.slice(PREFIX.length)] = value;
  }
  return env;
}

/** Without the launcher (`node build/tsrunc.cjs`, tests): what can still be seen. Node has raised the limit and reset the signals. */
function ownRecord(): LaunchRecord {
  const limits = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "latin1"));
  const limit = (text: string | undefined): bigint => (text === undefined || text === "unlimited" ? 2n ** 64n - 1n : BigInt(text));
  // SigIgn would show what Node itself ignores (SIGPIPE), which its caller did not.
  const blocked = /^SigBlk:\s+([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "latin1"));
  return {
    nofile: { soft: limit(limits?.[1]), hard: limit(limits?.[2]) },
    inheritedFds: inheritedOf(readdirSync("/proc/self/fd").map(Number)),
    ignored: [],
    blocked: signalsOf(blocked?.[1] ?? "0"),
    umask: process.umask(),
    argv0: "tsrunc",
  };
}

/** Node's own descriptors cannot be told from inherited ones, but they come after them: what LISTEN_FDS passes starts at 3 without a gap. */
function inheritedOf(fds: readonly number[]): number[] {
  const count = process.env["LISTEN_PID"] === String(process.pid) ? Number(process.env["LISTEN_FDS"] ?? 0) : 0;
  return fds.filter((fd) => fd >= 3 && fd < 3 + count);
}

export function readLaunch(): Launch {
  const guarded = process.env;
  const record = guarded[RECORD];
  if (record !== undefined) return { record: parseRecord(record), env: callerEnvironment(guarded) };
  const env = Object.assign(Object.create(null) as Record<string, string>, guarded);
  return { record: ownRecord(), env };
}
