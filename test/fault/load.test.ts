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
import { drift, type Host, Load, lookAtHost } from "./support/load.js";
import { sampleSize, seed } from "./support/sample.js";

const minutes = Number(process.env["TSRUNC_LOAD_MINUTES"] ?? 0);
const containers = Number(process.env["TSRUNC_LOAD_CONTAINERS"] ?? (minutes > 0 ? 500 : 12));
const atOnce = Math.min(containers, minutes > 0 ? 50 : 6);

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const figures = (host: Host): string =>
  Object.entries(host)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

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
  await load.fill();
  assert.deepEqual(load.problems, [], `seed ${seed}`);
  hosts.push(lookAtHost());
  const timer = setInterval(() => hosts.push(lookAtHost()), 60_000);
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
  for (const [name, samples] of load.samples) {
    const { first, last, count } = drift(samples);
    print(`${name}: ${count} times, median of the first tenth ${first.toFixed(1)} ms, of the last ${last.toFixed(1)} ms`);
  }
});
