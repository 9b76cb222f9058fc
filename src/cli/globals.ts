// The flags before the command (survey 1.1).
import { TsruncError } from "../errors/errors.js";
import { type LogFormat, parseLogFormat } from "../log/log.js";
import { type Flag, given, type Parsed, text } from "./command.js";

export const globalFlags: readonly Flag[] = [
  { name: "debug", help: "write debug records to the log" },
  { name: "log", value: "FILE", help: "append log records to FILE instead of stderr" },
  { name: "log-format", value: "FORMAT", help: "format of log records: text or json (default: text)" },
  { name: "root", value: "DIR", help: "directory of container state (default: /run/tsrunc, or $XDG_RUNTIME_DIR/tsrunc when rootless)" },
  { name: "criu", value: "FILE", help: "ignored: criu is found in PATH", hidden: true },
  { name: "systemd-cgroup", help: "use the systemd cgroup driver: cgroupsPath is SLICE:PREFIX:NAME" },
  { name: "cgroup-manager", value: "NAME", help: "cgroup driver, as crun names it: cgroupfs", hidden: true },
  { name: "rootless", value: "MODE", help: "ignore missing cgroup rights: true, false or auto (default: auto)" },
  { name: "trace", value: "FILE", help: "add a timeline to FILE: Chrome trace events, one for each phase and step" },
  { name: "version", short: "v", help: "print the version" },
];

export interface Globals {
  readonly debug: boolean;
  readonly log: string | undefined;
  readonly logFormat: LogFormat;
  readonly root: string | undefined;
  readonly systemdCgroup: boolean;
  readonly trace: string | undefined;
  readonly version: boolean;
}

export function parseGlobals(parsed: Parsed): Globals {
  checkRootless(text(parsed, "rootless") ?? "auto");
  const manager = text(parsed, "cgroup-manager") ?? "cgroupfs";
  if (manager !== "cgroupfs" && manager !== "systemd")
    throw new TsruncError(`--cgroup-manager=${manager}: not supported, only cgroupfs and systemd`);
  const log = text(parsed, "log");
  return {
    debug: given(parsed, "debug"),
    log: log === "" ? undefined : log,
    logFormat: parseLogFormat(text(parsed, "log-format") ?? "text"),
    root: text(parsed, "root"),
    systemdCgroup: given(parsed, "systemd-cgroup") || manager === "systemd",
    trace: text(parsed, "trace"),
    version: given(parsed, "version"),
  };
}

function checkRootless(mode: string): void {
  if (!["auto", "true", "false", "1", "0", "t", "f"].includes(mode)) {
    throw new TsruncError(`invalid value "${mode}" for --rootless: true, false or auto`);
  }
}
