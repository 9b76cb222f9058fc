// npm run bench [-- --runs N]: how long a container takes under tsrunc, runc and crun, as ratios of medians measured in one go, and how
// tsrunc's time divides. TSRUNC=/path measures another executable than build/tsrunc. docs/performance.md explains the numbers.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { benchConfig, lifecycleScript, measureAll, splitRun } from "./lib/bench.mjs";
import { makeRootfs } from "./lib/rootfs.mjs";
import { Missing } from "./lib/tools.mjs";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const unified = "/sys/fs/cgroup/unified";

/** crun 1.8 takes a cgroup v2 directory beside version 1 for the only one: it is hidden from all of us, in a mount namespace of our own. */
function hideUnified() {
  if (process.env.TSRUNC_BENCH_INSIDE || !existsSync(unified)) return false;
  const script = `umount -l ${unified} && exec "$@"`;
  const args = ["--mount", "--propagation", "private", "sh", "-c", script, "sh", process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync("unshare", args, { stdio: "inherit", env: { ...process.env, TSRUNC_BENCH_INSIDE: "1" } });
  process.exitCode = status ?? 1;
  return true;
}

function prepare(directory, tsrunc) {
  chmodSync(directory, 0o755);
  makeRootfs(join(directory, "rootfs"));
  const runtimes = { tsrunc, runc: "/usr/sbin/runc", crun: "/usr/bin/crun" };
  const name = `tsrunc-bench-${process.pid}`;
  for (const [bundle, args] of [
    ["true", ["/bin/true"]],
    ["sleep", ["/bin/sleep", "100"]],
  ]) {
    mkdirSync(join(directory, bundle));
    writeFileSync(join(directory, bundle, "config.json"), JSON.stringify(benchConfig(join(directory, "rootfs"), args)));
  }
  return Object.entries(runtimes).map(([runtime, path]) => {
    const base = [path, "--root", join(directory, `state-${runtime}`)];
    const script = join(directory, `lifecycle-${runtime}`);
    writeFileSync(script, lifecycleScript(base, join(directory, "sleep"), `${name}-${runtime}`), { mode: 0o755 });
    const remove = [...base, "delete", "--force", `${name}-${runtime}`];
    return { runtime, remove, run: [...base, "run", "--bundle", join(directory, "true"), `${name}-${runtime}`], lifecycle: [script] };
  });
}

const format = (value, digits = 1) => value.toFixed(digits).padStart(8);

function printTable(title, rows, medians) {
  process.stdout.write(`\n${title.padEnd(44)} median ms   to runc   to crun\n`);
  for (const [label, key] of rows) {
    const ratios = ["runc", "crun"].map((other) => format(medians[key] / medians[key.replace(/\w+$/, other)], 2));
    process.stdout.write(`  ${label.padEnd(42)} ${format(medians[key])}  ${key.includes("/") ? ratios.join("  ") : ""}\n`);
  }
}

function target(text, milliseconds, limit) {
  process.stdout.write(
    `  ${text}: ${milliseconds.toFixed(1)} ms (target: at most ${limit} ms) ${milliseconds <= limit ? "met" : "not met"}\n`,
  );
}

function report(medians, { before, after }) {
  const rows = (kind) => ["tsrunc", "runc", "crun"].map((runtime) => [runtime, `${kind}/${runtime}`]);
  printTable("run true", [...rows("run"), ["node -e 0", "node"]], medians);
  printTable("create + start + state + kill + delete", rows("lifecycle"), medians);
  process.stdout.write("\nWhere the time of `tsrunc run` goes\n");
  target("before the first system call of the set-up, over node -e 0", before.tsrunc - before.node, 15);
  target("from there to the end, over the kernel's own cost (crun's whole run)", after - medians["run/crun"], 5);
}

async function main() {
  const { values } = parseArgs({ options: { runs: { type: "string", default: "30" }, "no-build": { type: "boolean" } } });
  if (process.getuid() !== 0) throw new Missing("the benchmark runs containers: run it as root.");
  process.chdir(root);
  if (!process.env.TSRUNC_BENCH_INSIDE && !values["no-build"]) {
    await setup({ root, bench: true });
    if (process.env.TSRUNC === undefined) await build({ out: "build" });
  }
  // Node reads every certificate of this file at start: that is not what is measured here.
  delete process.env.NODE_EXTRA_CA_CERTS;
  if (hideUnified()) return;
  const directory = mkdtempSync(join(tmpdir(), "tsrunc-bench-"));
  let commands = [];
  try {
    commands = prepare(directory, process.env.TSRUNC ?? join(root, "build/tsrunc"));
    const medians = measureAll(commands, directory, Number(values.runs));
    report(medians, await splitRun(commands[0].run, Number(values.runs)));
  } finally {
    // Only a run that failed has left a container.
    for (const { remove } of commands) spawnSync(remove[0], remove.slice(1));
    rmSync(directory, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
}
