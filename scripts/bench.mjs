// npm run bench [-- OPTIONS]: tsrunc beside runc and crun, as ratios of medians of one run. docs/performance.md explains the numbers.
//   --quick          few rounds: whether it works, not how fast it is
//   --only NAME      only these rows, several times for several: run cycle running many docker list mounts rules memory size
//   --json FILE      all figures; FILE may be -
//   --docs           writes the results into docs/performance.md and docs/performance.svg
//   --build DIR      where tsrunc and tsrunc-static lie (build); --no-build measures them as they are
//   --also NAME=PATH one more runtime
//   --refresh        fetches runc and crun of Debian sid again; --offline does not fetch
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { removeAll } from "./lib/bench-container.mjs";
import { buildTools, machineTimes } from "./lib/bench-measure.mjs";
import { findPeers } from "./lib/bench-peers.mjs";
import { plot } from "./lib/bench-plot.mjs";
import { printReport, writeDocument } from "./lib/bench-report.mjs";
import { listRows, mountRows, ruleRows } from "./lib/bench-rows-growth.mjs";
import { memoryRows, sizeRows } from "./lib/bench-rows-size.mjs";
import { cycleRows, dockerRows, manyRows, runRows, runningRows } from "./lib/bench-rows-time.mjs";
import { targetsOf } from "./lib/bench-targets.mjs";
import { makeRootfs } from "./lib/rootfs.mjs";
import { Missing, asProgram } from "./lib/tools.mjs";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const unified = "/sys/fs/cgroup/unified";

/** In this order: the short ones first, while the machine is as it was. */
const sections = {
  run: runRows,
  cycle: cycleRows,
  running: runningRows,
  docker: dockerRows,
  many: manyRows,
  mounts: mountRows,
  rules: ruleRows,
  list: listRows,
  memory: memoryRows,
  size: sizeRows,
};

const options = {
  quick: { type: "boolean", default: false },
  only: { type: "string", multiple: true },
  json: { type: "string" },
  docs: { type: "boolean", default: false },
  build: { type: "string", default: "build" },
  "no-build": { type: "boolean", default: false },
  also: { type: "string", multiple: true, default: [] },
  refresh: { type: "boolean", default: false },
  offline: { type: "boolean", default: false },
};

/** crun takes a cgroup v2 directory beside version 1 for the only one: it is hidden from all of us, in a mount namespace of our own. */
function hideUnified() {
  if (process.env.TSRUNC_BENCH_INSIDE || !existsSync(unified)) return false;
  const script = `umount -l ${unified} && exec "$@"`;
  const args = ["--mount", "--propagation", "private", "sh", "-c", script, "sh", process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync("unshare", args, { stdio: "inherit", env: { ...process.env, TSRUNC_BENCH_INSIDE: "1" } });
  process.exitCode = status ?? 1;
  return true;
}

function findRuntimes(values, directory, notes) {
  const peers = findPeers(join(root, "build/peers"), { ...values, note: (text) => notes.push(text) });
  const at = (name) => join(resolve(root, values.build), name);
  const also = values.also.map((text) => text.split("=")).map(([name, path]) => [name, resolve(path ?? "")]);
  const paths = [
    ["tsrunc-static", at("tsrunc-static")],
    ["tsrunc", at("tsrunc")],
    ["crun", peers.crun.path],
    ["runc", peers.runc.path],
    ...also,
  ];
  const found = paths.filter(([name, path]) => {
    if (existsSync(path)) return true;
    notes.push(`${name} is not measured: there is no ${name.startsWith("tsrunc") ? join(values.build, name) : name}`);
    return false;
  });
  if (!found.some(([name]) => name.startsWith("tsrunc"))) throw new Missing(`there is no tsrunc in ${values.build}: npm run build`);
  const runtimes = found.map(([name, path]) => ({
    name,
    path,
    id: `tsrunc-bench-${process.pid}-${name}`,
    base: [path, "--root", join(directory, `state-${name}`)],
  }));
  return { runtimes, versions: ["runc", "crun"].map((name) => `${name} ${peers[name].version} (${peers[name].from})`).join(", ") };
}

/** Children's jiffies that this process has waited for: hyperfine, the driver and all below them. */
function ownTimes() {
  const [user, system] = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ").slice(11, 15).map(Number).slice(2);
  return user + system;
}

/** Runs one section; a machine that worked for others or was taken away meanwhile is noted. */
function measure(name, ctx, notes) {
  const before = { ...machineTimes(), own: ownTimes(), at: performance.now() };
  const rows = sections[name](ctx);
  const after = machineTimes();
  const jiffies = ((performance.now() - before.at) / 1000) * 100;
  const others = (after.busy - before.busy - (ownTimes() - before.own)) / jiffies;
  const stolen = (after.stolen - before.stolen) / jiffies;
  process.stdout.write(`bench: ${name.padEnd(8)} ${(jiffies / 100).toFixed(1)} s, others used ${Math.round(others * 100)}% of one core\n`);
  if (others > 0.35 || stolen > 0.1) {
    notes.push(
      `the machine was disturbed during "${name}": others used ${Math.round(others * 100)}% of one core, ${Math.round(stolen * 100)}% were stolen`,
    );
  }
  return rows;
}

function describeMachine(versions, load) {
  const version = existsSync("/sys/fs/cgroup/cgroup.controllers") ? "v2" : "v1";
  return `${cpus().length} cores, cgroup ${version}, kernel ${release()}, Node ${process.versions.node}, ${versions}; load ${load.toFixed(2)} at the start.`;
}

function benchmark(values, directory) {
  const notes = [];
  const load = loadavg()[0];
  const { runtimes, versions } = findRuntimes(values, directory, notes);
  const ctx = {
    root,
    directory,
    runtimes,
    rootfs: join(directory, "rootfs"),
    tools: buildTools(root, join(root, "build/bench")),
    quick: values.quick,
    rounds: (count) => (values.quick ? 2 : count),
  };
  makeRootfs(ctx.rootfs);
  const wanted = values.only ?? Object.keys(sections);
  const rows = [];
  try {
    for (const name of Object.keys(sections)) if (wanted.includes(name)) rows.push(...measure(name, ctx, notes));
  } finally {
    // Only a run that failed has left a container.
    for (const runtime of runtimes) removeAll(runtime);
  }
  return { machine: describeMachine(versions, load), rows, targets: targetsOf(rows), notes };
}

function write(values, result) {
  if (values.json !== "-") printReport(result);
  if (values.json !== undefined) {
    const text = `${JSON.stringify(result, null, 2)}\n`;
    if (values.json === "-") process.stdout.write(text);
    else writeFileSync(values.json, text);
  }
  if (!values.docs) return;
  writeDocument(join(root, "docs/performance.md"), result);
  writeFileSync(join(root, "docs/performance.svg"), plot(result));
}

async function main() {
  const { values } = parseArgs({ options });
  const unknown = values.only?.find((name) => !(name in sections));
  if (unknown !== undefined) throw new Missing(`--only ${unknown}: the rows are ${Object.keys(sections).join(", ")}`);
  if (process.getuid() !== 0) throw new Missing("the benchmark runs containers: run it as root.");
  if (!process.env.TSRUNC_BENCH_INSIDE && !values["no-build"]) {
    await setup({ root, bench: true });
    await build({ out: join(root, values.build), alone: true });
  }
  // Node reads every certificate of this file at start: that is not what is measured here.
  delete process.env.NODE_EXTRA_CA_CERTS;
  if (hideUnified()) return;
  const directory = mkdtempSync(join(tmpdir(), "tsrunc-bench-"));
  chmodSync(directory, 0o755);
  try {
    write(values, benchmark(values, directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await asProgram("bench", main);
