// Containers at random: create, start, exec, kill, pause, resume, update, delete, by several at once, each answer compared with a model of
// the lifecycle; afterwards nothing is left.
//
// `npm run load -- --minutes N --containers M` runs the same for longer and with more, and prints what became of the host meanwhile. The
// seed is printed; TSRUNC_SEED=N (there: --seed N) brings the same commands again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setInterval } from "node:timers";
import { needsContainers } from "../support/requirements.js";
import { Ground } from "./support/ground.js";
import { drift, grows, tenths, type Trend, trend } from "./support/drift.js";
import { type Host, Load, lookAtHost, lookAtOurs, type Ours } from "./support/load.js";
import { sampleSize, seed } from "./support/sample.js";

const minutes = Number(process.env["TSRUNC_LOAD_MINUTES"] ?? 0);
const containers = Number(process.env["TSRUNC_LOAD_CONTAINERS"] ?? (minutes > 0 ? 500 : 12));
const atOnce = Math.min(containers, minutes > 0 ? 50 : 6);

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const figures = (look: Host | Ours): string =>
  Object.entries(look)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
const trended = (of: Trend): string => `grown by ${percent(of.growth)} (95 %: ${percent(of.low)} to ${percent(of.high)})`;

/** From then on each command must have come often enough for a trend: a load that was starved shows nothing. */
const LONG_MINUTES = 30;

/** Names of commands whose latency has grown beyond that of `--version`, or after a long load may have. */
function judgeLatency({ samples }: Load): string[] {
  const control = samples.get("--version") ?? [];
  print(`--version: ${control.length} times, medians of the tenths of the time ${tenths(control).map(Math.round).join(", ")} ms`);
  return [...samples]
    .filter(([name]) => name !== "--version")
    .filter(([name, list]) => {
      const one = drift(list, control);
      const times = `first tenth ${one.first.toFixed(1)} ms, ${one.firstRatio.toFixed(2)} times --version, last ${one.last.toFixed(1)} ms, ${one.lastRatio.toFixed(2)} times`;
      print(`${name}: ${one.count} times, ${times}, ${trended(one)}`);
      return grows(one) || (minutes >= LONG_MINUTES && Number.isNaN(one.growth));
    })
    .map(([name]) => name);
}

/** Names of what there is more of for each container than there was. */
function judgeOurs(looks: readonly Ours[]): string[] {
  const names = Object.keys(looks[0] ?? {}).filter((name) => name !== "containers") as (keyof Ours)[];
  return names.filter((name) => {
    const one = trend(looks.map((look, at) => [at / (looks.length - 1), look[name] / look.containers]));
    print(`${name} of a container: ${trended(one)}`);
    return grows(one);
  });
}

test(`${containers} containers, ${atOnce} commands at once`, { skip: needsContainers() }, async (t) => {
  const ground = new Ground();
  t.after(() => ground.cleanup());
  const bundle = ground.scratch.makeBundle({ process: { args: ["sleep", "100000"] } });
  const steps = minutes > 0 ? Infinity : sampleSize(30);
  const load = new Load(ground, bundle.dir, {
    seed,
    workers: atOnce,
    each: Math.ceil(containers / atOnce),
    steps,
    ms: minutes > 0 ? minutes * 60_000 : 60_000,
  });
  const hosts = [lookAtHost()];
  const ours: Ours[] = [];
  await load.fill();
  assert.deepEqual(load.problems, [], `seed ${seed}`);
  hosts.push(lookAtHost());
  const timer = setInterval(() => {
    hosts.push(lookAtHost());
    ours.push(lookAtOurs(ground));
  }, 60_000);
  await load.random();
  clearInterval(timer);
  // Each step of a worker that failed is a reason to run it again with the same seed.
  assert.deepEqual(load.problems, [], `seed ${seed}`);
  await load.fill();
  await load.empty();
  assert.deepEqual(load.problems, [], `seed ${seed}`);
  const left = ground.leaks();
  assert.deepEqual(left, { processes: [], mounts: [], cgroups: [], sockets: [], states: [] });
  hosts.push(lookAtHost());
  print(`seed ${seed}, ${load.commands} commands, ${load.mostAlive} containers at once, ${load.problems.length} problems, 0 leaks`);
  for (const [at, host] of hosts.entries()) print(`host ${at}: ${figures(host)}`);
  for (const [at, look] of ours.entries()) print(`ours ${at + 1}: ${figures(look)}`);
  const grown = [...judgeLatency(load), ...judgeOurs(ours)];
  assert.deepEqual(grown, [], "has grown by more than a tenth, or came too seldom to say so");
});
