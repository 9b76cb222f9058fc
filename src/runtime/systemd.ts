// Requests to systemd: tsrunc-systemd makes them (docs/protocol.md), one run for each.
import { SysError, TsruncError } from "../errors/errors.js";
import { isErrno } from "../store/files.js";
import type { Context } from "./context.js";

/** As sd_booted(3) has it. */
const BOOTED = "/run/systemd/system";
const SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket";
/** systemd itself, where there is no bus. */
const SYSTEM_DIRECT = "unix:path=/run/systemd/private";

/** Before anything is made. The words are runc's. */
export function checkSystemd({ systemdCgroup, native }: Context): void {
  if (!systemdCgroup) return;
  try {
    if (native.lstat(BOOTED).type === "dir") return;
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "EACCES")) throw error;
  }
  throw new TsruncError("systemd cgroup flag passed, but systemd support for managing cgroups is not available", {
    at: "cli:--systemd-cgroup",
    hint: `systemd is not running here (there is no ${BOOTED}): leave --systemd-cgroup out`,
  });
}

export interface UnitRequest {
  readonly verb: "start" | "set" | "stop" | "attach";
  readonly unit: string;
  /** Of the user instance. */
  readonly user: boolean;
  /** What follows the unit. */
  readonly arguments: readonly string[];
}

/** Throws one clear error: what systemd says to a call, or what is missing to ask it. */
export function askSystemd(context: Context, request: UnitRequest): void {
  const [address, direct] = request.user ? userBus(context) : [context.host.env["DBUS_SYSTEM_BUS_ADDRESS"] || SYSTEM_BUS, SYSTEM_DIRECT];
  const lines = [address, direct, request.verb, request.unit, ...request.arguments];
  const [outcome, ...words] = answerTo(context, lines.map(escape).join("\n"));
  if (outcome === "ok") return;
  if (outcome === "failed") {
    throw new TsruncError(`systemd: ${words.filter((word) => word !== "").join(": ")}`, failureHint(words[1]));
  }
  if (outcome === "missing") {
    throw new TsruncError(`systemd: ${words[0]}`, { hint: "install the Debian package libsystemd0, or leave --systemd-cgroup out" });
  }
  if (outcome === "unreachable") {
    throw new TsruncError(`systemd: cannot connect to ${words[0]}: ${words[1]}`, { hint: request.user ? userHint : systemHint });
  }
  throw new TsruncError("systemd: tsrunc-systemd ended without an answer");
}

const systemHint = "are systemd and dbus running? Else leave --systemd-cgroup out";
const userHint =
  "is there a user instance of systemd? Log in, or `loginctl enable-linger` for this user, and set DBUS_SESSION_BUS_ADDRESS or XDG_RUNTIME_DIR";

function failureHint(name: string | undefined): { hint?: string } {
  if (name === "org.freedesktop.systemd1.UnitExists")
    return { hint: "another container has this name, slice and prefix in linux.cgroupsPath" };
  if (name === "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired" || name === "org.freedesktop.DBus.Error.AccessDenied") {
    return { hint: "only root may ask the system's instance" };
  }
  return {};
}

function answerTo({ native, trace }: Context, request: string): string[] {
  try {
    const { stdout, exitCode, timedOut } = native.systemdRequest(`${request}\n`);
    const lines = stdout.split("\n").slice(0, -1).map(unescape);
    trace("systemd", `${exitCode}: ${lines.join(" ")}`);
    return timedOut ? ["failed", "no answer within two minutes"] : lines;
  } catch (error) {
    // Its dynamic linker: a machine whose C library is another one.
    if (!(error instanceof SysError) || error.code !== "ENOENT") throw error;
    throw new TsruncError("systemd: tsrunc-systemd cannot be executed: it needs the dynamic linker of glibc", {
      hint: "leave --systemd-cgroup out on this machine",
    });
  }
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
}

/** The session's bus as sd_bus_open_user(3) finds it; engines may call us without these variables (podman's cleanup does). */
function userBus({ host, native }: Context): [string, string] {
  const runtime = host.env["XDG_RUNTIME_DIR"] || `/run/user/${hostUid(native.geteuid(), native.readText("/proc/self/uid_map"))}`;
  return [host.env["DBUS_SESSION_BUS_ADDRESS"] || `unix:path=${runtime}/bus`, `unix:path=${runtime}/systemd/private`];
}

/** Of our uid, outside of the user namespace that we may be in. */
function hostUid(uid: number, map: string): number {
  for (const line of map.split("\n")) {
    const [inside = -1, outside = 0, size = 0] = line.trim().split(/\s+/).map(Number);
    if (uid >= inside && uid < inside + size) return outside + uid - inside;
  }
  return uid;
}
