// The flags that checkpoint and restore share (survey 1.3), and their values.
import type { CgroupsMode, CriuFlags } from "../criu/request.js";
import { TsruncError } from "../errors/errors.js";
import { type Flag, given, type Parsed, text, texts } from "./command.js";

export const criuFlags: readonly Flag[] = [
  { name: "image-path", value: "DIR", help: "directory of the images (default: ./checkpoint)" },
  { name: "work-path", value: "DIR", help: "directory of CRIU's logs and work files (default: that of the images)" },
  { name: "tcp-established", help: "allow open TCP connections" },
  { name: "ext-unix-sk", help: "allow unix sockets that lead outside" },
  { name: "shell-job", help: "allow programs of a shell's session" },
  { name: "file-locks", help: "save and restore file locks" },
  { name: "manage-cgroups-mode", value: "MODE", help: "how CRIU treats cgroups: soft, full, strict or ignore (default: soft)" },
  { name: "empty-ns", value: "TYPE", repeat: true, help: "restore an empty namespace: network" },
  { name: "auto-dedup", help: "drop pages from images where a later one has them" },
  { name: "lazy-pages", help: "leave memory behind, to be fetched when it is needed (userfaultfd)" },
];

/** An empty value is as good as none: engines pass those. */
export function filled(parsed: Parsed, name: string): string | undefined {
  const value = text(parsed, name);
  return value === "" ? undefined : value;
}

export function sharedFlags(parsed: Parsed): CriuFlags {
  for (const type of texts(parsed, "empty-ns")) {
    if (type !== "network") throw new TsruncError(`namespace "${type}" is not supported`, { at: "cli:--empty-ns", hint: "network is" });
  }
  return {
    tcpEstablished: given(parsed, "tcp-established"),
    extUnixSk: given(parsed, "ext-unix-sk"),
    shellJob: given(parsed, "shell-job"),
    fileLocks: given(parsed, "file-locks"),
    autoDedup: given(parsed, "auto-dedup"),
    lazyPages: given(parsed, "lazy-pages"),
    cgroupsMode: cgroupsMode(filled(parsed, "manage-cgroups-mode")),
  };
}

const modes: readonly CgroupsMode[] = ["soft", "full", "strict", "ignore"];

function cgroupsMode(value: string | undefined): CgroupsMode {
  if (value === undefined) return "default";
  const mode = modes.find((candidate) => candidate === value);
  if (mode !== undefined) return mode;
  throw new TsruncError(`invalid manage-cgroups-mode value "${value}"`, { at: "cli:--manage-cgroups-mode", hint: modes.join(", ") });
}

/** `10.0.0.1:9000`, `[::1]:9000` */
export function parsePageServer(value: string | undefined): { address: string; port: number } | undefined {
  if (value === undefined) return undefined;
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(value);
  const address = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (address === undefined) throw new TsruncError("Use --page-server ADDRESS:PORT to specify page server", { at: "cli:--page-server" });
  if (port < 1 || port > 65535) throw new TsruncError("Invalid port number", { at: "cli:--page-server" });
  return { address, port };
}
