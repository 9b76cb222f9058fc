// --trace: the file is JSON whatever happens, and its steps are those of the plan, where and by whom they are carried out.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { applyPatch, type ConfigPatch } from "../support/config.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();

interface TraceEvent {
  readonly name: string;
  readonly cat?: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, unknown>>;
}

const actors = ["runtime", "stage", "init"];

function prepare(t: TestContext, args: readonly string[], patch: ConfigPatch = {}) {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const file = scratch.path("trace.json");
  const bundle = scratch.makeBundle((config) => {
    config.process.args = [...args];
    config.linux.cgroupsPath = `/${scratch.marker}`;
    applyPatch(config, patch);
  });
  const stdio = ["ignore", "ignore", "ignore"] as const;
  const traced = (...command: string[]) => runtime.run(["--trace", file, ...command], { stdio: [...stdio] });
  const events = () => JSON.parse(readFileSync(file, "utf8")) as TraceEvent[];
  /** Id, actor, pointer and verb of each step, as `plan --json` has them. */
  const planned = async (id: string) => {
    const { stdout } = await runtime.ok(["plan", "--json", "--bundle", bundle.dir, id]);
    const { steps } = JSON.parse(stdout) as { steps: { id: string; who: string; at: string; op: { verb: string } }[] };
    return steps.map(({ id: step, who, at, op }) => `${who} ${step} ${at} ${op.verb}`);
  };
  return { scratch, runtime, bundle, file, traced, events, planned };
}

const stepsOf = (events: readonly TraceEvent[]) => events.filter(({ cat }) => actors.includes(cat ?? "")).sort((a, b) => a.ts - b.ts);
const described = (events: readonly TraceEvent[]) =>
  stepsOf(events).map(({ cat, name, args }) => `${cat} ${name} ${String(args["at"])} ${String(args["verb"])}`);
const phases = (events: readonly TraceEvent[]) => events.filter(({ cat }) => cat === "phase").map(({ name }) => name);

function assertSpans(events: readonly TraceEvent[]): void {
  for (const event of events) {
    assert.ok(Number.isInteger(event.pid) && event.pid > 1 && event.tid === event.pid, JSON.stringify(event));
    if (event.ph === "M") continue;
    assert.ok(event.ph === "X" && event.ts > 0 && event.dur >= 0, JSON.stringify(event));
  }
  const whole = events.filter(({ cat }) => cat === "command");
  for (const { ts, dur, cat, name } of events.filter(({ ph }) => ph === "X")) {
    assert.ok(
      whole.some((command) => command.ts <= ts && ts + dur <= command.ts + command.dur + 1),
      `${cat} ${name} is in the time of a command`,
    );
  }
}

describe("--trace", { skip }, () => {
  const seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO" }] };

  for (const [title, patch] of [
    ["", {}],
    [" with a seccomp filter", { linux: { seccomp } }],
  ] as const) {
    test(`create, start: the steps of the plan${title}, in its order, each by its process`, async (t) => {
      const { scratch, runtime, bundle, traced, events, planned } = prepare(t, ["sleep", "1000"], patch);
      const id = scratch.id();
      const plan = await planned(id);
      assert.equal((await traced("create", "--bundle", bundle.dir, id)).code, 0);
      const created = events();
      assertSpans(created);
      const gate = plan.findIndex((step) => step.endsWith(" gate.wait"));
      assert.deepEqual(described(created), plan.slice(0, gate + 1));
      assert.deepEqual(phases(created), ["start", "arguments", "read", "parse", "rules", "compile", "encode"]);
      assert.ok(created.some(({ cat }) => cat === "turn"));
      const { pid } = await runtime.state(id);
      assert.deepEqual([...new Set(stepsOf(created).flatMap((event) => (event.cat === "init" ? [event.pid] : [])))], [pid]);
      const spread = new Set(stepsOf(created).map((event) => event.pid));
      const who = new Set(plan.slice(0, gate + 1).map((step) => step.split(" ")[0]));
      assert.equal(spread.size, who.size, "each actor is a process of its own");

      assert.equal((await traced("start", id)).code, 0);
      const both = events();
      assertSpans(both);
      assert.deepEqual(both.slice(0, created.length), created, "what was there stays");
      const started = stepsOf(both.slice(created.length));
      assert.deepEqual(
        started
          .filter(({ cat }) => cat === "init")
          .map(({ cat, name, args, pid: of }) => [`${cat} ${name} ${String(args["at"])} ${String(args["verb"])}`, of]),
        plan.slice(gate + 1).map((step) => [step, pid]),
      );
      assert.deepEqual(
        started.filter(({ cat }) => cat === "runtime").map(({ name }) => name),
        ["gate/open"],
      );
    });
  }

  test("run, exec, update, kill, delete: one file, one array", async (t) => {
    const { scratch, bundle, traced, events } = prepare(t, ["sleep", "1000"]);
    const id = scratch.id();
    const seen: (readonly string[])[] = [];
    let before = 0;
    for (const command of [
      ["run", "--detach", "--bundle", bundle.dir, id],
      ["exec", id, "true"],
      ["update", "--pids-limit", "77", id],
      ["kill", id, "KILL"],
      ["delete", "--force", id],
    ]) {
      assert.equal((await traced(...command)).code, 0, command[0]);
      const now = events();
      assertSpans(now);
      const added = now.slice(before);
      before = now.length;
      assert.deepEqual(
        added.filter(({ cat }) => cat === "command").map(({ name }) => name),
        [command[0]],
      );
      seen.push(stepsOf(added).map(({ args }) => String(args["verb"])));
    }
    const [run = [], exec = [], update = [], , removed = []] = seen;
    for (const verb of ["store.create", "process.release", "process.exec"]) assert.ok(run.includes(verb), verb);
    for (const verb of ["process.release", "process.exec"]) assert.ok(exec.includes(verb), verb);
    assert.ok(update.includes("cgroup.write"));
    assert.equal(removed.at(-1), "store.remove");
  });

  test("a command that fails: JSON all the same, with the step that failed and what was taken back", async (t) => {
    const { scratch, bundle, traced, events } = prepare(t, ["true"], (config) => {
      config.mounts = [...(config.mounts ?? []), { destination: "/x", source: "/no/such/source", type: "bind", options: ["bind"] }];
    });
    assert.equal((await traced("create", "--bundle", bundle.dir, scratch.id())).code, 1);
    const all = events();
    assertSpans(all);
    assert.match(stepsOf(all).at(-1)?.name ?? "", /^mounts\/\d+\/bind$/);
    assert.ok(all.some(({ cat, args }) => cat === "undo" && args["verb"] === "store.remove"));
    assert.equal((await traced("start", "nobody")).code, 1);
    assert.ok(events().length > all.length);
  });

  test("many at once share a file", async (t) => {
    const { traced, events } = prepare(t, ["true"]);
    const results = await Promise.all(Array.from({ length: 12 }, () => traced("list")));
    assert.deepEqual([...new Set(results.map(({ code }) => code))], [1], "the state root is not there yet");
    assert.equal(events().filter(({ cat }) => cat === "command").length, 12);
  });

  test("a file that is no trace, or cannot be one, is refused before anything is done", async (t) => {
    const { scratch, runtime, bundle, file } = prepare(t, ["true"]);
    writeFileSync(file, "my notes\n");
    for (const [path, message] of [
      [file, /trace\.json is not empty and not a trace of tsrunc/],
      [scratch.dir, /EISDIR|not a regular file/],
      [scratch.path("no", "file"), /ENOENT/],
      ["/dev/null", /\/dev\/null: not a regular file/],
    ] as const) {
      const { code, stderr } = await runtime.run(["--trace", path, "create", "--bundle", bundle.dir, scratch.id()]);
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
    assert.equal(readFileSync(file, "utf8"), "my notes\n");
    assert.ok(!existsSync(runtime.root));
    assert.equal(statSync("/dev/null").isCharacterDevice(), true);
  });
});
