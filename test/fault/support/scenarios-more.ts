// mounts add and remove, checkpoint and restore.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorProblems, type Ground } from "./ground.js";
import { inject, type Injected } from "./injector.js";
import { type Aim, type Checked, criuOf, type Scenario, scenario, shared, silent } from "./scenario.js";

const NOTHING = ["ignore", "ignore", "ignore"] as const;
const added = ["/data/dir", "/data/tmp"] as const;

/** Below a tmpfs of the container: a directory of the host, and a file system of its own. */
export function mountsFile(ground: Ground): string {
  const path = ground.scratch.path("mounts.json");
  const mounts = [
    { destination: added[0], source: join(ground.bundle("sleeping").dir, "bound"), options: ["rbind", "ro"] },
    { destination: added[1], type: "tmpfs", source: "tmpfs", options: ["size=64k"] },
  ];
  writeFileSync(path, JSON.stringify(mounts));
  return path;
}

async function addedMounts(ground: Ground, id: string): Promise<string> {
  const { pid } = await ground.runtime.state(id);
  return readFileSync(`/proc/${pid}/mountinfo`, "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => added.some((one) => one === point))
    .join(" ");
}

async function done(ground: Ground, args: readonly string[]): Promise<string[]> {
  const { code, stderr } = await ground.runtime.run(args);
  return code === 0 && stderr === "" ? [] : [`afterwards ${args.slice(0, 2).join(" ")}: ${code}: ${stderr.trim()}`];
}

/** mounts add: all mounts of the file or none, and after none the same again works. */
export function mountsAddScenario(): Scenario {
  const container = shared("sleeping");
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const { id } = await container(ground);
    const file = mountsFile(ground);
    const result = await inject({ runtime: ground.runtime, args: ["mounts", "add", id, file], from: id, ...aim });
    const { code, stderr } = result;
    const problems = code === 0 ? silent(stderr) : errorProblems(result, 1);
    const now = await addedMounts(ground, id);
    if (now !== (code === 0 ? added.join(" ") : "")) problems.push(`exit code ${code}, and there are the mounts: ${now}`);
    if (code !== 0) problems.push(...(await done(ground, ["mounts", "add", id, file])));
    problems.push(...(await done(ground, ["mounts", "remove", id, file])));
    const later = await addedMounts(ground, id);
    if (later !== "") problems.push(`after mounts remove: ${later}`);
    if (problems.length > 0) await ground.remove(id);
    return [result, { code, stderr, problems }];
  };
  return scenario("mounts add", go);
}

/** mounts remove: what it could not remove a second one does. */
export function mountsRemoveScenario(): Scenario {
  const container = shared("sleeping");
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const { id } = await container(ground);
    const file = mountsFile(ground);
    const problems = await done(ground, ["mounts", "add", id, file]);
    const result = await inject({ runtime: ground.runtime, args: ["mounts", "remove", id, file], from: id, ...aim });
    const { code, stderr } = result;
    problems.push(...(code === 0 ? silent(stderr) : errorProblems(result, 1)));
    if (code !== 0 && (await addedMounts(ground, id)) !== "") problems.push(...(await done(ground, ["mounts", "remove", id, file])));
    const now = await addedMounts(ground, id);
    if (now !== "") problems.push(`exit code ${code}, and there are the mounts: ${now}`);
    if (problems.length > 0) await ground.remove(id);
    return [result, { code, stderr, problems }];
  };
  return scenario("mounts remove", go);
}

async function runQuietly(ground: Ground): Promise<string> {
  const id = ground.id();
  await ground.runtime.run(["run", "--detach", "--bundle", ground.bundle("dumpable").dir, id], { stdio: NOTHING });
  return id;
}

/**
 * checkpoint: the container has gone, or it runs on; one that CRIU has ended before the failure is `stopped`. What cannot be removed once the images
 * are good is a warning: it is there for `delete`.
 */
export function checkpointScenario(): Scenario {
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const id = await runQuietly(ground);
    const image = ground.scratch.path(`image-${id}`);
    const args = ["checkpoint", "--image-path", image, "--work-path", image, id];
    const result = await inject({ runtime: ground.runtime, args, from: id, ...aim, options: { env: criuOf(ground) } });
    const { code, stderr } = result;
    const warned = code === 0 && /^time=\S+ level=warning msg="[^\n]*\n$/.test(stderr);
    const problems = warned ? [] : code === 0 ? silent(stderr) : errorProblems(result, 1);
    const left = code === 0 && !warned ? await ground.left(id) : "";
    if (left !== "") problems.push(`after checkpoint: ${left}`);
    const status = code === 0 ? "running" : await ground.status(id);
    if (!/^(running|stopped)$/.test(status)) problems.push(`after the failed checkpoint it is ${status}`);
    problems.push(...(await ground.remove(id)));
    rmSync(image, { recursive: true, force: true });
    return [result, { code, stderr, problems }];
  };
  return scenario("checkpoint", go);
}

interface Image {
  readonly id: string;
  readonly path: string;
}

const KILLED = 128 + 9;

/** Kills it as soon as its pid file is there, the last thing before it is waited for, unless the command has ended before. */
async function killedOnceRestored(ground: Ground, id: string, pidFile: string, command: Promise<unknown>): Promise<void> {
  let over = false;
  const end = command.finally(() => (over = true));
  while (!over && !existsSync(pidFile)) await sleep(20);
  if (!over) await ground.runtime.run(["kill", id, "KILL"]);
  await end;
}

/** restore: it runs, or nothing is left. One that is waited for is killed by somebody else, and nothing is left either way. */
export function restoreScenario(detach: boolean): Scenario {
  const images = new Map<Ground, Image>();
  const imageOf = async (ground: Ground): Promise<Image> => {
    const old = images.get(ground);
    if (old !== undefined) return old;
    const id = await runQuietly(ground);
    const path = ground.scratch.path(`image-${id}`);
    await ground.runtime.ok(["checkpoint", "--image-path", path, "--work-path", path, id], { env: criuOf(ground) });
    images.set(ground, { id, path });
    return { id, path };
  };
  const go = async (ground: Ground, aim: Aim): Promise<[Injected, Checked]> => {
    const { id, path } = await imageOf(ground);
    const output = ground.output();
    const work = ground.scratch.path(`work-${id}`);
    const pidFile = ground.scratch.path(`pid-${id}`);
    rmSync(pidFile, { force: true });
    const paths = ["--image-path", path, "--work-path", work, "--pid-file", pidFile, "--bundle", ground.bundle("dumpable").dir];
    const args = ["restore", ...(detach ? ["--detach"] : []), ...paths, id];
    const options = { env: criuOf(ground), stdio: output.stdio };
    const command = inject({ runtime: ground.runtime, args, from: "config.json", ...aim, options });
    if (!detach) await killedOnceRestored(ground, id, pidFile, command);
    const result = await command;
    // CRIU has the container's streams, and says by itself that we have gone before it had a log.
    const stderr = output.take().stderr.replaceAll(/^Error \(criu\/[^\n]*\n/gm, "");
    const code = !detach && result.code === KILLED ? 0 : result.code;
    const problems = code === 0 ? silent(stderr) : errorProblems({ ...result, stderr }, 1);
    const status = detach && code === 0 ? await ground.status(id) : "running";
    if (status !== "running") problems.push(`restore succeeded, and it is ${status}`);
    const left = detach && code === 0 ? "" : await ground.left(id);
    if (left !== "") problems.push(`after the ${code === 0 ? "wait" : "failed restore"}: ${left}`);
    problems.push(...(await ground.remove(id)));
    return [result, { code, stderr, problems }];
  };
  return scenario(detach ? "restore" : "restore and wait", go);
}
