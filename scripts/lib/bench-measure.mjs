// The two ways in which the benchmark measures: hyperfine for single commands, test/bench/driver.c for sequences of them. Both take turns between
// the runtimes, so that whatever else the machine does falls on all of them alike. Samples are {LABEL: {ms, user, system}}, each a list, in ms.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Missing } from "./tools.mjs";

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Linear interpolation between the two nearest of the sorted values. */
function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.ceil(at)] - sorted[low]) * (at - low);
}

export const median = (values) => quantile(values, 0.5);

/** Half the distance between the quartiles, as a part of the median: what the printed ± is. */
export const spread = (values) => (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values);

function add(samples, label, { ms, user, system }) {
  const entry = (samples[label] ??= { ms: [], user: [], system: [] });
  entry.ms.push(...ms);
  entry.user.push(...user);
  entry.system.push(...system);
}

/** Compiles floor and driver, statically, with musl where it is there: the smallest start. */
export function buildTools(root, directory) {
  mkdirSync(directory, { recursive: true });
  const tools = {};
  for (const name of ["floor", "driver"]) {
    const source = join(root, "test/bench", `${name}.c`);
    tools[name] = join(directory, name);
    const compile = (cc) => spawnSync(cc, ["-static", "-O2", "-Wall", "-o", tools[name], source], { encoding: "utf8" });
    if (compile("musl-gcc").status === 0) continue;
    const { status, stderr } = compile("gcc");
    if (status !== 0) throw new Missing(`${source} does not compile: ${stderr ?? "is there a gcc?"}`);
  }
  return tools;
}

/**
 * `commands`: {LABEL: argv}, each run `rounds` times in blocks of `block`; the next block begins with the next command. hyperfine starts them
 * without a shell, its own cost is far below theirs.
 */
export function hyperfine(directory, commands, rounds, block = 5) {
  const samples = {};
  const named = Object.entries(commands);
  const json = join(directory, "hyperfine.json");
  for (let done = 0, turn = 0; done < rounds; done += block, turn++) {
    const runs = Math.max(2, Math.min(block, rounds - done));
    const order = named.map((_, i) => named[(turn + i) % named.length]);
    const options = ["-N", "--style", "none", "--warmup", "1", "--runs", String(runs), "--export-json", json];
    const argv = [...options, ...order.flatMap(([label, words]) => ["--command-name", label, words.map(quote).join(" ")])];
    const { status, stdout, stderr } = spawnSync("hyperfine", argv, { encoding: "utf8", maxBuffer: 1 << 26 });
    if (status !== 0) throw new Missing(`hyperfine failed on ${order.map(([label]) => label).join(", ")}:\n${stdout}${stderr}`);
    for (const { command, times, user, system } of JSON.parse(readFileSync(json, "utf8")).results) {
      add(samples, command, { ms: times.map((time) => time * 1000), user: [user * 1000], system: [system * 1000] });
    }
  }
  return samples;
}

/** `groups`: for each runtime a list of steps, which are lists of words (see the head of test/bench/driver.c). */
export function drive({ tools, directory }, groups, rounds) {
  const script = groups.map((steps) => ["group", ...steps.map((words) => words.join("\t"))].join("\n")).join("\n");
  const errors = join(directory, "driver.stderr");
  // A file and no pipe: a container's init keeps it open.
  const stderr = openSync(errors, "w+");
  const options = { input: `${script}\n`, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["pipe", "pipe", stderr] };
  const result = spawnSync(tools.driver, [String(rounds)], options);
  closeSync(stderr);
  if (result.status !== 0) throw new Missing(readFileSync(errors, "utf8").trim() || `driver: ${result.error ?? result.signal}`);
  const samples = {};
  for (const line of result.stdout.split("\n")) {
    if (line === "") continue;
    const { label, ms, user, system } = JSON.parse(line);
    add(samples, label, { ms: [ms], user: [user], system: [system] });
  }
  return samples;
}

/** Jiffies that the machine spent for anything (`busy`) and that its host took away (`stolen`), since boot. */
export function machineTimes() {
  const [user, nice, system, , , irq, softirq, stolen] = readFileSync("/proc/stat", "utf8")
    .split("\n")[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return { busy: user + nice + system + irq + softirq, stolen };
}
