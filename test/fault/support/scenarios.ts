// The commands that faults hit, each with what must hold afterwards.
import { readFileSync } from "node:fs";
import { waitUntil } from "../../support/command.js";
import { cgroupFiles } from "../../support/cgroups.js";
import { errorProblems, type Ground, inCgroup, type Kind, normalised } from "./ground.js";
import { inject, type Injected } from "./injector.js";
import { type Aim, type Checked, type Scenario, scenario, shared, silent } from "./scenario.js";
import { checkpointScenario, mountsAddScenario, mountsRemoveScenario, restoreScenario } from "./scenarios-more.js";
import { needsCriu } from "../../support/criu.js";

const SIGPIPED = 128 + 13;

/**
 * The command could not pass on some of the program's output: it says so, or (reading, where it takes an error for the end) the program has
 * lost its reader as in a shell's pipeline. The exit code is the program's.
 */
function relayed({ calls: [call], code, stderr }: Injected): boolean {
  if (call?.role !== "cli" || !/^(poll|read|write)$/.test(call.name)) return false;
  return call.name === "read"
    ? code === 0 || code === SIGPIPED
    : /^time=\S+ level=warning msg="some of the program's output is lost[^\n]*\n$/.test(stderr);
}

async function ended(ground: Ground, id: string): Promise<string[]> {
  try {
    await ground.runtime.waitFor(id, "stopped");
    return [];
  } catch {
    return [`its program did not end: ${await ground.status(id)}`];
  }
}

const different = (output: string, expected: string): string[] => {
  if (output === expected) return [];
  const lines = new Set(expected.split("\n"));
  const have = new Set(output.split("\n"));
  // A user whose home cannot be looked up is at home at the root.
  if (have.has("HOME=/")) return different(output.replace("HOME=/\n", "HOME=/home/user\n"), expected);
  // A cgroup2 of its own that was refused is the host's, bound, which follows the host's mounts.
  const own = output.replace(/^(\/ \/sys\/fs\/cgroup \S+) master - cgroup2 \S+ /m, "$1 - cgroup2 cgroup ");
  if (own !== output) return different(own, expected);
  const more = [...have].filter((line) => !lines.has(line)).map((line) => `+${line}`);
  const fewer = [...lines].filter((line) => !have.has(line)).map((line) => `-${line}`);
  return [`the container is another one: ${[...more, ...fewer].slice(0, 6).join(" ")}`];
};

/** create, and where it succeeds start: the container must be as without a fault. */
export function createScenario(kind: Kind): Scenario {
  let expected: string | undefined;
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const id = ground.id();
    const output = ground.output();
    const args = ["create", "--bundle", ground.bundle(kind).dir, id];
    const result = await inject({ runtime: ground.runtime, args, from: "config.json", ...aim, options: { stdio: output.stdio } });
    let stdout = "";
    const problems: string[] = [];
    let gone = false;
    if (result.code === 0) problems.push(...(await startsWell(ground, id, () => (stdout = output.stdout()))));
    const { stderr } = output.take();
    if (result.code === 0) problems.push(...silent(stderr), ...different(normalised(stdout, id), (expected ??= normalised(stdout, id))));
    else {
      problems.push(...errorProblems({ ...result, stderr }, 1));
      const left = await ground.left(id);
      gone = left === "";
      if (!gone) problems.push(`after the failed create: ${left}`);
    }
    problems.push(...(await ground.remove(id, gone)));
    return [result, { code: result.code, stderr, problems }];
  };
  return scenario(`create ${kind}`, go);
}

async function startsWell(ground: Ground, id: string, collect: () => void): Promise<string[]> {
  const status = await ground.status(id);
  if (status !== "created") return [`create succeeded, and it is ${status}`];
  const { code, stderr } = await ground.runtime.run(["start", id]);
  if (code !== 0 || stderr !== "") return [`create succeeded, start: ${code}: ${stderr.trim()}`];
  const problems = await ended(ground, id);
  collect();
  return problems;
}

/** start of a created container: after a failure it is `created`, and a second start works, or `stopped`. */
export function startScenario(): Scenario {
  let expected: string | undefined;
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const id = ground.id();
    const output = ground.output();
    await ground.runtime.run(["create", "--bundle", ground.bundle("rich").dir, id], { stdio: output.stdio });
    const { pid } = await ground.runtime.state(id);
    const result = await inject({ runtime: ground.runtime, args: ["start", id], from: id, attach: pid, ...aim });
    const { code, stderr } = result;
    const problems = code === 0 ? silent(stderr) : errorProblems(result, 1);
    const status = code === 0 ? "running" : await ground.status(id);
    if (status === "created") await ground.runtime.ok(["start", id]);
    if (status !== "stopped") problems.push(...(await ended(ground, id)));
    const { stdout } = output.take();
    if (status === "running" || status === "created")
      problems.push(...different(normalised(stdout, id), (expected ??= normalised(stdout, id))));
    else if (status !== "stopped") problems.push(`after the failed start it is ${status}`);
    problems.push(...(await ground.remove(id)));
    return [result, { code, stderr, problems }];
  };
  return scenario("start", go);
}

/** run in the foreground: nothing is left, whatever happened. */
export function runScenario(): Scenario {
  let expected: string | undefined;
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const id = ground.id();
    const args = ["run", "--bundle", ground.bundle("rich").dir, id];
    const result = await inject({ runtime: ground.runtime, args, from: "config.json", ...aim });
    const { code, stdout, stderr } = result;
    const lost = relayed(result);
    const problems = lost ? [] : code === 0 ? silent(stderr) : errorProblems(result, 1);
    if (code === 0 && !lost) problems.push(...different(normalised(stdout, id), (expected ??= normalised(stdout, id))));
    const left = await ground.left(id);
    if (left !== "") problems.push(`after run: ${left}`);
    problems.push(...(await ground.remove(id, left === "")));
    return [result, { code, stderr, problems }];
  };
  return scenario("run", go);
}

/** exec of the probe in a container that runs: afterwards only its init is there. */
export function execScenario(): Scenario {
  const container = shared("sleeping");
  let expected: string | undefined;
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const { id } = await container(ground);
    const result = await inject({ runtime: ground.runtime, args: ["exec", id, "/probe"], from: id, ...aim });
    const { code, stdout, stderr } = result;
    if (relayed(result)) return [result, { code, stderr, problems: [] }];
    const problems = code === 0 ? silent(stderr) : errorProblems(result, 255);
    if (code === 0) problems.push(...different(normalised(stdout, id), (expected ??= normalised(stdout, id))));
    const alone = (): boolean => inCgroup(id).length === 1;
    await waitUntil("init is alone", alone, 3000).catch(() => problems.push(`left in the container: ${inCgroup(id).join(" ")}`));
    const status = await ground.status(id);
    if (status !== "running") problems.push(`the container is ${status}`);
    return [result, { code, stderr, problems }];
  };
  return scenario("exec", go);
}

const limits = ["memory.limit_in_bytes", "pids.max", "cpu.shares"] as const;
const limitsV2 = ["memory.max", "pids.max", "cpu.weight"] as const;

function limitsOf(id: string): string {
  const read = (file: string): string => {
    const [path] = cgroupFiles(id, file);
    return path === undefined ? "-" : readFileSync(path, "utf8").trim();
  };
  return [...limits, ...limitsV2].map((file) => `${file} ${read(file)}`).join(", ");
}

/** update: all limits are the new ones, or the old ones, and state.json says the same. */
export function updateScenario(): Scenario {
  const container = shared("sleeping");
  const set = (memory: string, pids: string, shares: string): string[] => ["--memory", memory, "--pids-limit", pids, "--cpu-share", shares];
  let low = "";
  let high = "";
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const { id } = await container(ground);
    await ground.runtime.ok(["update", ...set("128M", "40", "512"), id]);
    low = limitsOf(id);
    const result = await inject({ runtime: ground.runtime, args: ["update", ...set("256M", "60", "2048"), id], from: id, ...aim });
    const { code, stderr } = result;
    const now = limitsOf(id);
    if (high === "" && code === 0) high = now;
    const problems = code === 0 ? silent(stderr) : errorProblems(result, 1);
    if (now !== (code === 0 ? high : low)) problems.push(`exit code ${code}, and the limits are ${now}`);
    return [result, { code, stderr, problems }];
  };
  return scenario("update", go);
}

/** A command that changes nothing, or one thing that the next command takes back. */
export function simpleScenario(
  name: string,
  args: readonly string[],
  before: readonly string[][],
  expected: string,
  otherwise: RegExp,
): Scenario {
  const container = shared("sleeping");
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const { id } = await container(ground);
    const words = (list: readonly string[]): string[] => list.map((word) => (word === "ID" ? id : word));
    for (const command of before) await ground.runtime.ok(words(command));
    const from = name === "list" ? ground.runtime.root : id;
    const result = await inject({ runtime: ground.runtime, args: words(args), from, ...aim });
    const { code, stderr } = result;
    const problems = code === 0 ? (name === "list" ? [] : silent(stderr)) : errorProblems(result, 1);
    const status = await ground.status(id);
    if (code === 0 ? status !== expected : !otherwise.test(status)) problems.push(`exit code ${code}, and it is ${status}`);
    await ground.runtime.run(["resume", id]);
    return [result, { code, stderr, problems }];
  };
  return scenario(name, go);
}

/** delete --force of a container that runs: it is gone, or a second one removes it. */
export function deleteScenario(): Scenario {
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const id = ground.id();
    const output = ground.output();
    await ground.runtime.run(["run", "--detach", "--bundle", ground.bundle("sleeping").dir, id], { stdio: output.stdio });
    output.take();
    const result = await inject({ runtime: ground.runtime, args: ["delete", "--force", id], from: id, ...aim });
    const { code, stderr } = result;
    const problems = code === 0 ? silent(stderr) : errorProblems(result, 1);
    const left = code === 0 ? await ground.left(id) : "";
    if (left !== "") problems.push(`after delete --force: ${left}`);
    problems.push(...(await ground.remove(id)));
    return [result, { code, stderr, problems }];
  };
  return scenario("delete", go);
}

export const scenarios: readonly Scenario[] = [
  createScenario("rich"),
  createScenario("mapped"),
  startScenario(),
  runScenario(),
  execScenario(),
  updateScenario(),
  simpleScenario("pause", ["pause", "ID"], [], "paused", /^running$/),
  simpleScenario("resume", ["resume", "ID"], [["pause", "ID"]], "running", /^(paused|running)$/),
  simpleScenario("kill", ["kill", "ID", "WINCH"], [], "running", /^running$/),
  simpleScenario("state", ["state", "ID"], [], "running", /^running$/),
  simpleScenario("list", ["list"], [], "running", /^running$/),
  simpleScenario("ps", ["ps", "--format", "json", "ID"], [], "running", /^running$/),
  mountsAddScenario(),
  mountsRemoveScenario(),
  ...(needsCriu() === false ? [checkpointScenario(), restoreScenario(true), restoreScenario(false)] : []),
  deleteScenario(),
];
