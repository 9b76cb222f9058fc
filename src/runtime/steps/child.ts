// What the stage and init need from outside: descriptors, ids, limits.
import { SysError, TsruncError } from "../../errors/errors.js";
import type { Spawned, SpawnRequest } from "../../host/port.js";
import type { IdMap, Op } from "../../plan/types.js";
import { giveUp } from "../../store/files.js";
import { Child } from "../child.js";
import { parseIdMap, sameIdMaps } from "../id-map.js";
import { launchInit } from "../init-process.js";
import { receiveMaster } from "../stdio.js";
import { childOf, type Execution, fillSlot, spawnDetails, takeSlot } from "../execution.js";

const namespaceNames: Readonly<Record<number, string>> = {
  0x00000080: "time",
  0x00020000: "mount",
  0x02000000: "cgroup",
  0x04000000: "uts",
  0x08000000: "ipc",
  0x10000000: "user",
  0x20000000: "pid",
  0x40000000: "network",
};

export function openNamespace(op: Op<"ns.open">, run: Execution): void {
  const native = run.context.native;
  const fd = native.open(op.path, ["read"], 0);
  try {
    const kind = namespaceKind(op.path, fd, run);
    if (kind !== Number(op.kind)) {
      const wanted = namespaceNames[Number(op.kind)] ?? op.kind;
      throw new TsruncError(`"${op.path}" is a ${namespaceNames[kind] ?? kind} namespace, not a ${wanted} namespace`);
    }
    if (op.sysctl !== undefined) refuseOwnNetwork(fd, op.sysctl, run);
  } catch (error) {
    native.close(fd);
    throw error;
  }
  fillSlot(run, op.slot, fd);
}

/** What was opened is compared, not the path, which may be another namespace by the time it is opened. */
function refuseOwnNetwork(fd: number, sysctl: string, run: Execution): void {
  const native = run.context.native;
  const own = native.stat("/proc/self/ns/net");
  const opened = native.fstat(fd);
  if (opened.dev !== own.dev || opened.ino !== own.ino) return;
  throw new TsruncError(`sysctl ${JSON.stringify(sysctl)} not allowed in host network namespace`, {
    hint: "give the container a network namespace of its own, or leave the sysctl out",
  });
}

function namespaceKind(path: string, fd: number, run: Execution): number {
  try {
    return run.context.native.nsType(fd);
  } catch {
    throw new TsruncError(`"${path}" is not a namespace`);
  }
}

export function connectConsole(op: Op<"console.connect">, run: Execution): void {
  const native = run.context.native;
  if (op.path !== "") {
    fillSlot(run, op.slot, native.connectUnix(op.path));
    return;
  }
  const [ours, theirs] = native.socketpair();
  run.console = ours;
  fillSlot(run, op.slot, theirs);
}

export function receiveConsole(_op: Op<"console.receive">, run: Execution): void {
  if (run.console === undefined) throw new TsruncError("console.receive without console.connect to ourselves");
  run.master = receiveMaster(run.context.native, run.console);
}

/** The payload is its name, as for the console: engines refuse a message without any (survey 3.1). */
export function sendPidfd(op: Op<"pidfd.send">, run: Execution): void {
  const native = run.context.native;
  const receiver = native.connectUnix(op.path);
  try {
    native.send(receiver, [new TextEncoder().encode("pidfd")], [childOf(run).initPidfd]);
  } finally {
    native.close(receiver);
  }
}

export function listenGate(op: Op<"gate.listen">, run: Execution): void {
  fillSlot(run, op.slot, run.context.native.listenUnix(run.entry.gate, 0o600));
}

/** The plan itself is sent when the first child segment begins: what the runtime does before (cgroup.join) must be done by then. */
export function spawnStage(op: Op<"stage.spawn">, run: Execution): void {
  const { native, host, trace } = run.context;
  const { stdio, preserve } = spawnDetails(run);
  if (preserve.length !== op.preserveFds) throw new TsruncError(`${preserve.length} descriptors for ${op.preserveFds} places`);
  const request = { stdio, preserve, launch: host.launch };
  const born = op.cgroup === undefined ? undefined : spawnInto(op.cgroup, request, run);
  run.child = new Child(native, trace, born ?? native.spawnInit(request), "stage");
}

/** undefined: not there, whatever the reason; cgroup.join meets it again, and says so. */
function spawnInto(dir: string, request: SpawnRequest, run: Execution): Spawned | undefined {
  const { native } = run.context;
  let cgroup = -1;
  try {
    cgroup = native.open(dir, ["path", "dir", "nofollow"], 0);
    const spawned = native.spawnInit({ ...request, cgroup });
    run.bornIn = dir;
    return spawned;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return undefined;
  } finally {
    if (cgroup >= 0) giveUp(native, cgroup);
  }
}

/** As spawnStage. What the runtime does until it sends the plan goes on beside the start of init. */
export function spawnInit(op: Op<"init.spawn">, run: Execution): void {
  run.child = run.early?.take() ?? launchInto(op, run);
  run.initPid = run.child.initPid;
}

function launchInto(op: Op<"init.spawn">, run: Execution): Child {
  const cgroup = op.cgroup === undefined ? -1 : takeSlot(run, op.cgroup);
  try {
    return launchInit(run.context, op, spawnDetails(run), cgroup);
  } finally {
    if (cgroup >= 0) giveUp(run.context.native, cgroup);
  }
}

export function endStage(_op: Op<"stage.end">, run: Execution): void {
  run.child?.destroy();
  delete run.child;
}

export function writeIdMaps(op: Op<"idmap.write">, run: Execution): void {
  const native = run.context.native;
  const pid = childOf(run).stagePid;
  // Before gid_map, and for good: else a process could drop a group that denies it access (CVE-2014-8989).
  if (op.denySetgroups) native.writeText(`/proc/${pid}/setgroups`, "deny");
  writeMap(op.direct, "newgidmap", `/proc/${pid}/gid_map`, op.gid, pid, run);
  writeMap(op.direct, "newuidmap", `/proc/${pid}/uid_map`, op.uid, pid, run);
}

function writeMap(direct: boolean, helper: string, file: string, maps: readonly IdMap[], pid: number, run: Execution): void {
  if (maps.length === 0) return;
  const native = run.context.native;
  if (direct) {
    native.writeText(file, maps.map((map) => `${map.containerId} ${map.hostId} ${map.size}\n`).join(""));
    return;
  }
  const args = maps.flatMap((map) => [String(map.containerId), String(map.hostId), String(map.size)]);
  // Engines may call us without PATH (podman's cleanup does): Debian, Fedora and the like all have it here.
  const result = native.runHelper(`/usr/bin/${helper}`, [helper, String(pid), ...args]);
  if (result.exitCode !== 0) throw new TsruncError(`${helper} failed: exit status ${result.exitCode}: ${result.stderr.trim()}`);
}

export function checkIdMaps(op: Op<"idmap.check">, run: Execution): void {
  const native = run.context.native;
  for (const kind of ["uid", "gid"] as const) {
    const actual = parseIdMap(native.readText(`/proc/${childOf(run).pid}/${kind}_map`));
    if (op[kind].length === 0 || sameIdMaps(op[kind], actual)) continue;
    const text = actual.map((map) => `${map.containerId} ${map.hostId} ${map.size}`).join(", ");
    throw new TsruncError("user namespaces enabled, but both namespace path and non-matching mappings specified", {
      hint: `the ${kind} map of that namespace is ${text === "" ? "empty" : text}: name this one, or none`,
    });
  }
}

/** One line for each clock; the file takes them one after the other as well. */
export function writeTimeOffsets(op: Op<"timens.write">, run: Execution): void {
  run.context.native.writeText(`/proc/${childOf(run).stagePid}/timens_offsets`, `${op.clock} ${op.secs} ${op.nanos}\n`);
}

export function writeOomScore(op: Op<"oom.write">, run: Execution): void {
  run.context.native.writeText(`/proc/${childOf(run).pid}/oom_score_adj`, String(op.value));
}

export function setRlimit(op: Op<"rlimit.set">, run: Execution): void {
  run.context.native.prlimit(childOf(run).pid, op.resource, BigInt(op.soft), BigInt(op.hard));
}
