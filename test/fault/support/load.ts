// Many containers, commands at random, a model that knows what each must say. The commands of a worker depend on the seed and the worker
// alone: a failure comes again with the same seed, and with fewer workers or steps where those were not to blame.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { findLeaks } from "../../support/leaks.js";
import { Random } from "../../support/random.js";
import type { Ground } from "./ground.js";
import type { Sample } from "./drift.js";
import { type Action, actions, choose, type Status } from "./model.js";

export interface LoadOptions {
  readonly seed: number;
  /** Commands at once. */
  readonly workers: number;
  /** Containers of each worker. */
  readonly each: number;
  /** Steps of each worker, or until this many ms have gone. */
  readonly steps: number;
  readonly ms: number;
}

interface Container {
  readonly id: string;
  status: Status;
}

/** Of the whole machine, in numbers that a leak would raise. */
export interface Host {
  readonly files: number;
  readonly processes: number;
  readonly mounts: number;
  readonly cgroups: number;
  /** Of the kernel, not reclaimable, in MB. */
  readonly slab: number;
}

export function lookAtHost(): Host {
  const cgroups = readFileSync("/proc/cgroups", "utf8")
    .split("\n")
    .map((line) => Number(line.split("\t")[2] ?? 0));
  return {
    files: Number(readFileSync("/proc/sys/fs/file-nr", "utf8").split("\t")[0]),
    processes: readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length,
    mounts: readFileSync("/proc/self/mountinfo", "utf8").split("\n").length - 1,
    cgroups: cgroups.reduce((sum, count) => sum + (count || 0), 0),
    slab: Math.round(Number(/SUnreclaim:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0) / 1024),
  };
}

/** Of what carries our mark, whatever others do to the machine; a leak would raise it while the number of containers stays. */
export interface Ours {
  readonly containers: number;
  readonly processes: number;
  readonly descriptors: number;
  /** Proportional, of all processes, in KiB. */
  readonly memory: number;
  readonly cgroups: number;
  /** Files and directories below the state root. */
  readonly states: number;
  readonly sockets: number;
}

function countOr<T>(list: () => readonly T[]): number {
  try {
    return list().length;
  } catch {
    // The process has ended meanwhile.
    return 0;
  }
}

function memoryOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export function lookAtOurs({ scratch: { marker }, runtime: { root } }: Ground): Ours {
  const { processes, cgroups, sockets, states } = findLeaks(marker, [root]);
  // The commands that run at this moment are named by their root.
  const own = processes.filter(({ why }) => why === "cgroup" || why === "root");
  return {
    containers: states.length,
    processes: own.length,
    descriptors: own.reduce((sum, { pid }) => sum + countOr(() => readdirSync(`/proc/${pid}/fd`)), 0),
    memory: own.reduce((sum, { pid }) => sum + memoryOf(pid), 0),
    cgroups: cgroups.length,
    states: states.reduce((sum, path) => sum + 1 + countOr(() => readdirSync(path, { recursive: true, encoding: "utf8" })), 0),
    sockets: sockets.length,
  };
}

/** Where a command comes from that is no step of the random part: it does not count for the latency. */
const FILL = "fill";

export class Load {
  readonly #ground: Ground;
  readonly #bundle: string;
  readonly #options: LoadOptions;
  readonly #containers: Container[][] = [];
  /** By command. */
  readonly samples = new Map<string, Sample[]>();
  readonly problems: string[] = [];
  commands = 0;
  mostAlive = 0;

  constructor(ground: Ground, bundle: string, options: LoadOptions) {
    this.#ground = ground;
    this.#bundle = bundle;
    this.#options = options;
    for (let worker = 0; worker < options.workers; worker++)
      this.#containers.push(Array.from({ length: options.each }, () => ({ id: ground.id(), status: "absent" })));
  }

  /** All containers are made and started, `workers` at once; then all of them run at once. */
  async fill(): Promise<void> {
    await this.#all(async (container) => {
      if (container.status === "absent") await this.#command(container, named("create"), FILL);
      if (container.status === "created") await this.#command(container, named("start"), FILL);
    });
    await this.#checkList();
  }

  async random(): Promise<void> {
    const begin = Date.now();
    const work = async (own: readonly Container[], worker: number): Promise<void> => {
      const random = new Random(this.#options.seed * 1000 + worker);
      for (let step = 0; step < this.#options.steps && Date.now() - begin < this.#options.ms; step++) {
        const container = random.pick(own);
        const action = choose(random, container.status);
        await this.#command(container, action, `worker ${worker} step ${step}`);
        if (random.below(4) === 0) await this.#checkState(container, `worker ${worker} step ${step}`);
        if (step % 10 === 0) await this.#control();
        if (this.problems.length > 20) return;
      }
    };
    await Promise.all(this.#containers.map(work));
    await this.#checkList();
  }

  async empty(): Promise<void> {
    await this.#all((container) => this.#command(container, named("delete --force"), FILL));
  }

  async #all(work: (container: Container) => Promise<void>): Promise<void> {
    await Promise.all(
      this.#containers.map(async (own) => {
        for (const container of own) await work(container);
      }),
    );
  }

  async #command(container: Container, action: Action, where: string): Promise<void> {
    const { id, status } = container;
    const args = action.args.map((word) => (word === "ID" ? id : word === "BUNDLE" ? this.#bundle : word));
    const output = action.name === "create" ? this.#ground.output() : undefined;
    const from = performance.now();
    const result = await this.#ground.runtime.run(args, output === undefined ? {} : { stdio: output.stdio });
    const ms = performance.now() - from;
    const { code } = result;
    const stderr = output === undefined ? result.stderr : output.take().stderr;
    this.commands++;
    const expected = action.then[status];
    const say = (what: string): number =>
      this.problems.push(`${where}: ${action.name} of ${id}, ${status}: ${what}: ${code}: ${stderr.trim()}`);
    if (expected instanceof RegExp) {
      if (code !== (action.errorCode ?? 1) || !expected.test(stderr)) say("another error");
    } else if (code !== (action.exitCode ?? 0) || stderr !== "") say("it failed");
    else {
      container.status = expected ?? status;
      if (where !== FILL) this.#sample(action.name, ms);
    }
    if (action.name === "kill") await this.#untilStopped(container, where);
  }

  /** A command that does nothing: how busy the machine is, whatever there is of containers. */
  async #control(): Promise<void> {
    const from = performance.now();
    await this.#ground.runtime.run(["--version"]);
    this.#sample("--version", performance.now() - from);
  }

  #sample(name: string, ms: number): void {
    const list = this.samples.get(name) ?? [];
    list.push({ at: Date.now(), ms });
    this.samples.set(name, list);
  }

  /** The signal is on its way when `kill` returns. */
  async #untilStopped(container: Container, where: string): Promise<void> {
    for (let round = 0; round < 500; round++) {
      if ((await this.#ground.status(container.id)) === "stopped") return;
      await sleep(10);
    }
    this.problems.push(`${where}: ${container.id} did not end`);
  }

  async #checkState({ id, status }: Container, where: string): Promise<void> {
    const now = await this.#ground.status(id);
    if (status === "absent" ? !now.includes("does not exist") : now !== status)
      this.problems.push(`${where}: ${id} is ${now}, not ${status}`);
  }

  async #checkList(): Promise<void> {
    const { stdout, stderr } = await this.#ground.runtime.run(["list", "--format", "json"]);
    const listed = new Map(((JSON.parse(stdout) ?? []) as { id: string; status: string }[]).map(({ id, status }) => [id, status]));
    const expected = this.#containers.flat().filter(({ status }) => status !== "absent");
    for (const { id, status } of expected)
      if (listed.get(id) !== status) this.problems.push(`list: ${id} is ${listed.get(id)}, not ${status}`);
    if (listed.size !== expected.length || stderr !== "")
      this.problems.push(`list: ${listed.size} containers, not ${expected.length}: ${stderr}`);
    this.mostAlive = Math.max(this.mostAlive, expected.filter(({ status }) => status === "running").length);
  }
}

function named(name: string): Action {
  return actions.find((action) => action.name === name) as Action;
}
