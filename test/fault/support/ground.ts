// What scenarios stand on: bundles whose program is the probe, so that a container which a fault did not stop can be compared with one that
// had none; ids, outputs, and what is left of an id.
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, waitUntil } from "../../support/command.js";
import type { TestConfig } from "../../support/config.js";
import { assertNothingLeft, cgroupMounts, findLeaks, type Leaks, mountsOf, socketsOf } from "../../support/leaks.js";
import { installProbe } from "../../support/probe.js";
import type { Runtime } from "../../support/runtime.js";
import { type Bundle, Scratch } from "../../support/scratch.js";

/** A container that uses much of what there is, so that many system calls are there to fail. */
function rich(config: TestConfig): void {
  config.process.args = ["/probe"];
  config.process.user = { uid: 1000, gid: 1000, additionalGids: [10, 20], umask: 0o27 };
  config.process.oomScoreAdj = 100;
  config.process.rlimits.push({ type: "RLIMIT_CORE", hard: 0, soft: 0 });
  config.mounts.push({ destination: "/data", type: "tmpfs", source: "tmpfs", options: ["mode=1777"] });
  config.mounts.push({ destination: "/mnt", type: "bind", source: "bound", options: ["rbind", "ro", "nosuid"] });
  config.linux.sysctl = { "net.ipv4.ip_forward": "1" };
  config.linux.resources.pids = { limit: 50 };
  config.linux.resources.memory = { limit: 268435456 };
  config.linux.seccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["add_key", "swapon"], action: "SCMP_ACT_ERRNO", errnoRet: 95 }],
  };
  config.hooks = {
    createRuntime: [{ path: "/bin/true" }],
    createContainer: [{ path: "/bin/true" }],
    startContainer: [{ path: "/bin/true" }],
    poststart: [{ path: "/bin/true" }],
    poststop: [{ path: "/bin/true" }],
  };
}

/** The same behind a stage, which joins and clones. */
function mapped(config: TestConfig): void {
  rich(config);
  delete config.linux.sysctl;
  config.linux.namespaces.push({ type: "user" }, { type: "cgroup" }, { type: "time" });
  config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
  config.linux.timeOffsets = { boottime: { secs: 1000, nanosecs: 0 } };
}

/** Long-lived, for commands on a container that runs. */
function sleeping(config: TestConfig): void {
  rich(config);
  config.process.args = ["sleep", "1000"];
}

/** For CRIU, which needs CAP_SYS_RESOURCE to ask after the limits of a process of another user. */
function dumpable(config: TestConfig): void {
  sleeping(config);
  config.process.user = { uid: 0, gid: 0 };
}

export type Kind = "rich" | "mapped" | "sleeping" | "dumpable";
const patches: Readonly<Record<Kind, (config: TestConfig) => void>> = { rich, mapped, sleeping, dumpable };

/** Descriptors of two files, for a command whose streams a container keeps open. */
export interface Output {
  readonly stdio: readonly ["ignore", number, number];
  /** Closes both; what is in them. */
  take(): { readonly stdout: string; readonly stderr: string };
  stdout(): string;
}

export class Ground {
  readonly scratch = new Scratch();
  readonly runtime: Runtime = this.scratch.runtime();
  readonly #bundles = new Map<Kind, Bundle>();
  #outputs = 0;

  constructor() {
    mkdirSync(this.runtime.root);
  }

  bundle(kind: Kind): Bundle {
    let bundle = this.#bundles.get(kind);
    if (bundle === undefined) {
      bundle = this.scratch.makeBundle(patches[kind]);
      // Nobody else changes it meanwhile; relative to the bundle.
      mkdirSync(join(bundle.dir, "bound/directory"), { recursive: true });
      installProbe(bundle.rootfs);
      // Mount points that root of a user namespace may not make.
      for (const name of ["data", "mnt"]) mkdirSync(join(bundle.rootfs, name), { recursive: true });
      this.#bundles.set(kind, bundle);
    }
    return bundle;
  }

  /** No id is the beginning of another. */
  id(): string {
    return `${this.scratch.id()}z`;
  }

  output(): Output {
    const [out, err] = [`out-${++this.#outputs}`, `err-${this.#outputs}`].map((name) => this.scratch.path(name)) as [string, string];
    const fds = [openSync(out, "w"), openSync(err, "w")] as const;
    const stdout = (): string => readFileSync(out, "utf8");
    return {
      stdio: ["ignore", ...fds],
      stdout,
      take: () => {
        for (const fd of fds) closeSync(fd);
        return { stdout: stdout(), stderr: readFileSync(err, "utf8") };
      },
    };
  }

  /** What there is of this id on the machine, after a moment for processes that are about to end; "" for nothing. */
  async left(id: string, waitMs = 3000): Promise<string> {
    const find = (): string =>
      [
        ...inCgroup(id).map((pid) => `process ${pid}`),
        ...mountsOf(id),
        ...cgroupMounts()
          .map((mount) => join(mount, id))
          .filter((path) => existsSync(path)),
        ...socketsOf(id),
        ...[join(this.runtime.root, id)].filter((path) => existsSync(path)),
      ].join("; ");
    await waitUntil("nothing is left", () => find() === "", waitMs).catch(() => undefined);
    return find();
  }

  /** `delete --force`, whose success and silence are a part of what is tested. `gone`: nothing was left before. */
  async remove(id: string, gone = false): Promise<string[]> {
    const { code, stderr } = await this.runtime.run(["delete", "--force", id]);
    const problems = code === 0 && stderr === "" ? [] : [`delete --force: ${code}: ${stderr.trim()}`];
    if (gone) return problems;
    const left = await this.left(id);
    return left === "" ? problems : [...problems, `after delete --force: ${left}`];
  }

  /** created, running...; the error's text where there is no answer. */
  async status(id: string): Promise<string> {
    const { code, stdout, stderr } = await this.runtime.run(["state", id]);
    return code === 0 ? (JSON.parse(stdout) as { status: string }).status : stderr.trim();
  }

  /** Everything that carries the mark of this ground, wherever it is. */
  leaks(): Leaks {
    return findLeaks(this.scratch.marker, [this.runtime.root]);
  }

  /** Containers that are shared go; then nothing of this ground may be anywhere, processes that never came into a cgroup included. */
  async assertNothingLeft(): Promise<void> {
    await this.runtime.deleteAll();
    await assertNothingLeft(this.scratch.marker, [this.runtime.root]);
  }

  cleanup(): Promise<void> {
    return this.scratch.cleanup();
  }
}

/** Pids of what is in a cgroup of the container, wherever that is. */
export function inCgroup(id: string): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      if (!/^\d/.test(name) || !readFileSync(`/proc/${name}/cgroup`, "utf8").includes(id)) return false;
      // A zombie is its parent's to reap, and pid 1 may take seconds.
      return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${name}/status`, "utf8"));
    } catch {
      return false;
    }
  });
}

/** Problems of the one line that a failed command says. */
export function errorProblems({ code, stderr, timedOut }: Pick<CommandResult, "code" | "stderr" | "timedOut">, expected: number): string[] {
  if (timedOut) return ["it hung"];
  const lines = stderr.split("\n").filter((line) => line !== "");
  const problems = code === expected ? [] : [`exit code ${code}, not ${expected}`];
  if (lines.length !== 1) problems.push(`${lines.length} lines of error: ${stderr.trim()}`);
  else if (!/level=error msg=".{20,}"$/.test(lines[0] ?? "")) problems.push(`unclear error: ${lines[0]}`);
  return problems;
}

/** What the probe says, without numbers that are different each time. */
export function normalised(output: string, id: string): string {
  const dropped =
    /^(Vm|Rss|Hugetlb|voluntary_|nonvoluntary_|Pid:|Tgid:|PPid:|NSpid|NStgid|NSpgid|NSsid|Cpus_allowed|Mems_allowed|SigQ|State|CoreDumping|THP|untag|x86_|Name|Threads|Ngid|Tracer)/;
  return (
    output
      .split("\n")
      // Hierarchies that somebody mounts meanwhile, and none of ours.
      .filter((line) => !dropped.test(line) && !/^\d+:net_(cls|prio)/.test(line))
      .map((line) =>
        line
          .replaceAll(id, "ID")
          .replaceAll(/tsrunc-test-\w+|bundle-\d+/g, "PLACE")
          .replace(/^pid (\d+) ppid \d+ pgrp \1 sid \1$/, "a session of its own")
          .replaceAll(/\[\d+\]/g, "[N]")
          .replaceAll(/(out|err)-\d+/g, "$1")
          .replace(/^(session keyring .*;).*/, "$1")
          .replace(/^(\d+) (\d+) (\d+:\d+) /, "")
          .replace(/^\d+:(\S*):\//, "$1:/")
          .replaceAll(/(master|shared|propagate_from):\d+/g, "$1"),
      )
      .join("\n")
  );
}
