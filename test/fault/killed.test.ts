// The command, its spawned child, the stage and init are killed before each of their system calls. Whatever the moment: `state` and `list`
// answer, `delete --force` removes all there is, and when it was not the command that died, it says in one line what happened.
//
// The usual run takes a sample; TSRUNC_LONG=1 takes all moments, TSRUNC_SEED=N another sample.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { needsCriu } from "../support/criu.js";
import { waitUntil } from "../support/command.js";
import { Random } from "../support/random.js";
import { errorProblems, Ground, inCgroup, type Kind } from "./support/ground.js";
import { type Call, inject, type Injection, needsInjector } from "./support/injector.js";
import { criuOf } from "./support/scenario.js";
import { mountsFile } from "./support/scenarios-more.js";
import { long, part, progress, sampleSize, seed } from "./support/sample.js";

const SAMPLE = 12;
const AT_ONCE = long ? 4 : 2;
const SIGKILLED = 128 + 9;

interface Prepared {
  /** The init of a created container, to be traced as well. */
  readonly attach?: number;
  readonly environment?: Record<string, string>;
}

interface Case {
  readonly name: string;
  /** Makes what the command works on. */
  readonly prepare: (ground: Ground, id: string) => Promise<Prepared>;
  readonly args: (ground: Ground, id: string) => readonly string[];
  /** The command makes the container: when it fails, nothing is left. */
  readonly makes?: boolean;
  readonly exitCode?: number;
  /** What else must hold, before delete --force. */
  readonly then?: (ground: Ground, id: string) => Promise<string[]>;
}

async function run(ground: Ground, id: string, kind: Kind = "sleeping"): Promise<Prepared> {
  await quietly(ground, ["run", "--detach", ...bundle(ground, kind), id]);
  return {};
}

/** Success expected; the streams of what it starts go nowhere. */
async function quietly(ground: Ground, args: readonly string[]): Promise<void> {
  const { code } = await ground.runtime.run(args, { stdio: ["ignore", "ignore", "ignore"] });
  assert.equal(code, 0, args.join(" "));
}

async function created(ground: Ground, id: string): Promise<Prepared> {
  await quietly(ground, ["create", "--bundle", ground.bundle("sleeping").dir, id]);
  return { attach: (await ground.runtime.state(id)).pid };
}

const bundle = (ground: Ground, kind: Kind): string[] => ["--bundle", ground.bundle(kind).dir];

async function runForCriu(ground: Ground, id: string): Promise<Prepared> {
  await run(ground, id, "dumpable");
  return { environment: criuOf(ground) };
}

async function imaged(ground: Ground, id: string): Promise<Prepared> {
  const prepared = await runForCriu(ground, id);
  const { code, stderr } = await ground.runtime.run(["checkpoint", "--image-path", ground.scratch.path(`image-${id}`), id], {
    env: prepared.environment,
  });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return prepared;
}

async function refusedOrDone(ground: Ground, args: readonly string[]): Promise<string[]> {
  const { code, stderr } = await ground.runtime.run(args);
  return code === 0 && stderr === "" ? [] : [`afterwards ${args[0]}: ${code}: ${stderr.trim()}`];
}

/** What an exec that was killed has left ends with it, or by itself. */
async function onlyInit(ground: Ground, id: string): Promise<string[]> {
  const alone = (): boolean => inCgroup(id).length === 1;
  await waitUntil("init is alone", alone, 3000).catch(() => undefined);
  return alone() ? refusedOrDone(ground, ["exec", id, "true"]) : [`in the container: ${inCgroup(id).join(" ")}`];
}

async function resumes(ground: Ground, id: string): Promise<string[]> {
  const status = await ground.status(id);
  if (status === "paused") return refusedOrDone(ground, ["resume", id]);
  return status === "running" ? [] : [`it is ${status}`];
}

const cases: readonly Case[] = [
  { name: "create", prepare: async () => ({}), args: (ground, id) => ["create", ...bundle(ground, "rich"), id], makes: true },
  {
    name: "create with a stage",
    prepare: async () => ({}),
    args: (ground, id) => ["create", ...bundle(ground, "mapped"), id],
    makes: true,
  },
  { name: "run", prepare: async () => ({}), args: (ground, id) => ["run", "--detach", ...bundle(ground, "sleeping"), id], makes: true },
  { name: "start", prepare: created, args: (_, id) => ["start", id] },
  { name: "exec", prepare: run, args: (_, id) => ["exec", id, "sleep", "0.01"], exitCode: 255, then: onlyInit },
  { name: "kill", prepare: run, args: (_, id) => ["kill", id, "KILL"] },
  { name: "pause", prepare: run, args: (_, id) => ["pause", id], then: resumes },
  {
    name: "resume",
    prepare: async (ground, id) => {
      await run(ground, id);
      await ground.runtime.ok(["pause", id]);
      return {};
    },
    args: (_, id) => ["resume", id],
    then: resumes,
  },
  {
    name: "update",
    prepare: run,
    args: (_, id) => ["update", "--memory", "128M", "--pids-limit", "40", id],
    then: (ground, id) => refusedOrDone(ground, ["update", "--memory", "256M", "--pids-limit", "60", id]),
  },
  {
    name: "mounts add",
    prepare: run,
    args: (ground, id) => ["mounts", "add", id, mountsFile(ground)],
    then: (ground, id) => refusedOrDone(ground, ["exec", id, "true"]),
  },
  { name: "delete", prepare: run, args: (_, id) => ["delete", "--force", id] },
  ...(needsCriu() === false
    ? [
        {
          name: "checkpoint",
          prepare: runForCriu,
          args: (ground: Ground, id: string) => ["checkpoint", "--image-path", ground.scratch.path(`image-${id}`), id],
        },
        {
          name: "restore",
          prepare: imaged,
          args: (ground: Ground, id: string) => [
            ...["restore", "--detach", "--image-path", ground.scratch.path(`image-${id}`)],
            ...["--work-path", ground.scratch.path(`work-${id}`), ...bundle(ground, "dumpable"), id],
          ],
          makes: true,
        },
      ]
    : []),
];

interface Attempt {
  readonly code: number | null;
  readonly calls: readonly Call[];
  readonly problems: readonly string[];
}

async function attempt({ prepare, args, makes, exitCode, then }: Case, ground: Ground, action: string | undefined): Promise<Attempt> {
  const id = ground.id();
  const more = await prepare(ground, id);
  const output = ground.output();
  const from = makes === true ? "config.json" : id;
  const words = args(ground, id);
  const injection: Injection = {
    runtime: ground.runtime,
    args: words,
    from,
    options: { stdio: output.stdio, env: more.environment },
    ...more,
  };
  const result = await inject(action === undefined ? injection : { ...injection, action });
  const { stderr } = output.take();
  const cli = action?.startsWith("cli:") === true && result.code === SIGKILLED;
  // After the last GO of exec nobody tells our steps from the program: the exit code is that of a process that was killed.
  const asProgram = exitCode !== undefined && action?.startsWith("init:") === true && result.code === SIGKILLED && stderr === "";
  const problems: string[] = [];
  if (!cli && !asProgram && result.code !== 0) {
    problems.push(...errorProblems({ ...result, stderr }, exitCode ?? 1));
    const left = makes === true ? await ground.left(id) : "";
    if (left !== "") problems.push(`after the failed command: ${left}`);
  }
  problems.push(...(await answers(ground, id)));
  if (then !== undefined) problems.push(...(await then(ground, id)));
  problems.push(...(await ground.remove(id)));
  if (makes === true && cli) problems.push(...(await nameIsFree(ground, id)));
  return { code: result.code, calls: result.calls, problems };
}

async function answers(ground: Ground, id: string): Promise<string[]> {
  const state = await ground.runtime.run(["state", id]);
  const problems = state.code === 0 ? [] : errorProblems(state, 1);
  if (state.code === 0 && !/"status": "(created|running|paused|stopped)"/.test(state.stdout)) problems.push(`state: ${state.stdout}`);
  const list = await ground.runtime.run(["list"]);
  return list.code === 0 && list.stderr === "" ? problems : [...problems, `list: ${list.code}: ${list.stderr.trim()}`];
}

async function nameIsFree(ground: Ground, id: string): Promise<string[]> {
  const { code } = await ground.runtime.create(id, ground.bundle("sleeping").dir);
  return code === 0 ? ground.remove(id) : [`create of the same id: ${code}`];
}

describe("every process is killed before each of its calls", { skip: needsInjector() }, () => {
  const grounds = Array.from({ length: AT_ONCE }, () => new Ground());
  after(() => Promise.all(grounds.map((ground) => ground.cleanup())));
  const fault = process.env["TSRUNC_FAULT"];
  const only = fault === undefined ? undefined : new RegExp(fault);

  for (const one of cases) {
    test(one.name, async () => {
      const { code, calls, problems } = await attempt(one, grounds[0] as Ground, undefined);
      assert.deepEqual({ code, problems }, { code: 0, problems: [] }, "undisturbed");
      const all = calls.map((call) => ({ action: `${call.role}:${call.name}:${call.number}=kill`, text: call.text }));
      const wanted = all.filter(({ action }) => only === undefined || only.test(action));
      const moments = new Random(seed).sample(part(wanted), sampleSize(SAMPLE));
      const left = [...moments];
      const failed: string[] = [];
      let killed = 0;
      const work = async (ground: Ground): Promise<void> => {
        for (let moment = left.shift(); moment !== undefined; moment = left.shift()) {
          const { action, text } = moment;
          const result = await attempt(one, ground, action);
          if (result.calls.length > 0) killed++;
          for (const problem of result.problems) {
            failed.push(`${action} ${text}: ${problem}`);
            progress(`problem: ${action} ${text}: ${problem}`);
          }
          if (left.length % 100 === 0) progress(`${one.name}: ${moments.length - left.length} tried, ${failed.length} problems`);
        }
      };
      await Promise.all(grounds.map(work));
      for (const ground of grounds) await ground.assertNothingLeft();
      process.stdout.write(`${one.name}: ${all.length} moments, ${killed} killed (seed ${seed}), ${failed.length} problems\n`);
      assert.deepEqual(failed, []);
      assert.ok(killed >= moments.length * 0.5, `${killed} of ${moments.length} moments came`);
    });
  }
});
