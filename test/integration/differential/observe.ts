// Runs the probe in a bundle under one runtime and collects what it sees, what the host sees of its cgroups, and what hooks wrote.
import { closeSync, existsSync, openSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { plainEnvironment, startCommand, waitUntil } from "../../support/command.js";
import { parseSections } from "../../support/probe.js";
import { sourceRoot } from "../../support/paths.js";
import type { Bundle, Scratch } from "../../support/scratch.js";
import type { Observation } from "./compare.js";
import { normalise } from "./normalise.js";

export interface ObserveOptions {
  readonly id: string;
  readonly flags?: readonly string[] | undefined;
  /** Size of the terminal that the runtime is started on; none: pipes. */
  readonly terminal?: readonly [number, number] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Descriptors 3, 4, ... are this many files, open for reading. */
  readonly extraFds?: number | undefined;
  readonly knownNamespaces?: ReadonlyMap<string, string> | undefined;
}

const changing =
  /usage|stat|procs|threads|tasks|events|pressure|numa|failcnt|current|peak|io_service|io_merged|io_queued|io_wait|sectors|time_recursive|\.time$|throttle\.io_|event_control|force_empty|reclaim|schedstat/;

/** `CONTROLLER FILE VALUE` of every setting in the container's cgroups. */
function hostCgroups(pid: number): string[] {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => ({ point: line.split(" ")[4] ?? "", options: (line.split(" - ")[1] ?? "").split(" ") }));
  const lines: string[] = [];
  for (const line of readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n")) {
    const [, controllers = "", path = ""] = /^\d+:(.*?):(.*)$/.exec(line) ?? [];
    const name = controllers === "" ? "unified" : controllers;
    const mount = mounts.find(({ options }) =>
      controllers === ""
        ? options[0] === "cgroup2"
        : options[0] === "cgroup" && (options[2] ?? "").split(",").includes(controllers.split(",")[0] ?? ""),
    );
    lines.push(`${name} is ${path}`);
    if (mount === undefined) continue;
    const directory = join(mount.point, path);
    for (const file of readdirSync(directory).sort()) {
      if (changing.test(file) || !statSync(join(directory, file)).isFile()) continue;
      let value: string;
      try {
        value = readFileSync(join(directory, file), "utf8").trim();
      } catch {
        continue;
      }
      // The device list of version 1 is a set: the kernel prints it in the order in which it was written.
      const parts = file === "devices.list" ? value.split("\n").sort() : value.split("\n");
      for (const part of parts) lines.push(`${name} ${file} ${part}`);
    }
  }
  return lines;
}

function hookTrace(bundle: Bundle): string[] {
  const path = join(bundle.dir, "hooks.log");
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  rmSync(path);
  return lines.map((line) =>
    line
      .replaceAll(/"ociVersion":\s*"[^"]*"/g, '"ociVersion":VERSION')
      .replaceAll(/"pid":\s*\d+/g, (text) => (/: ?0$/.test(text) ? '"pid":0' : /: ?1$/.test(text) ? '"pid":1' : '"pid":PID')),
  );
}

interface Started {
  readonly text: string;
  readonly pid: number | undefined;
  readonly code: number | null;
}

/** Starts the runtime, looks from outside when the probe has printed all, then lets it end. */
function hold(
  command: string,
  args: string[],
  extra: number[],
  options: ObserveOptions,
  whenDone: () => Promise<void>,
): Promise<Started & { stderr: string }> {
  const env = { ...plainEnvironment, ...options.env };
  return new Promise((done, fail) => {
    const child = startCommand(command, args, { stdio: ["pipe", "pipe", "pipe", ...extra], env });
    let [stdout, stderr, ended] = ["", "", false];
    const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    child.stdin?.on("error", () => undefined);
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      if (ended || !/^== end\r?\n/m.test(stdout)) return;
      ended = true;
      whenDone()
        .catch(fail)
        .finally(() => child.stdin?.end());
    });
    child.on("error", fail);
    child.on("close", (code) => {
      clearTimeout(timer);
      done({ text: stdout, stderr, pid: child.pid, code });
    });
  });
}

export interface Observed {
  readonly seen: Observation;
  readonly message: string;
}

/** A refusal is an observation too: section `refused`, with the message in `message` for people. */
export async function observe(runtime: string, scratch: Scratch, bundle: Bundle, options: ObserveOptions): Promise<Observed> {
  const pidFile = scratch.path("pid");
  rmSync(pidFile, { force: true });
  const root = scratch.runtime(runtime).root;
  const run = [runtime, "--root", root, "run", "--bundle", bundle.dir, "--pid-file", pidFile, ...(options.flags ?? []), options.id];
  const [columns, rows] = options.terminal ?? [];
  const command =
    columns === undefined ? run : ["python3", join(sourceRoot, "test/support/onpty.py"), String(columns), String(rows), ...run];
  const extra = Array.from({ length: options.extraFds ?? 0 }, () => openSync("/etc/hostname", "r"));
  let cgroups: string[] = [];
  const { text, stderr, code } = await hold(command[0] ?? "", command.slice(1), extra, options, async () => {
    // The probe runs before runc has written the file.
    await waitUntil("the pid file is there", () => existsSync(pidFile));
    cgroups = hostCgroups(Number(readFileSync(pidFile, "utf8")));
  });
  for (const fd of extra) closeSync(fd);
  const sections = parseSections(text);
  const hooks = hookTrace(bundle);
  if (sections["end"] === undefined)
    return { seen: { refused: ["yes"], hooks }, message: `exit code ${code}: ${stderr || text.slice(-500)}` };
  const seen = normalise({ ...sections, "host cgroups": cgroups, hooks, end: [`exit code ${code}`] }, options.knownNamespaces ?? new Map());
  return { seen, message: stderr };
}
