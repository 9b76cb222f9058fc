// The end-to-end tests in a virtual machine with pure cgroup v2: npm run test:vm [-- OPTION...] [SUBSET...]
//
//   --mode init|systemd   who is PID 1 there: a script, with all controllers enabled, or systemd; by default one after the other
//   --host static|node    which executable; by default both, one after the other
//   --grep RE, -v         as for npm test; SUBSETs are paths below test/, by default all of integration and golden/execute
//   --out DIR, --no-build the build to test (default build)
//   --sh SCRIPT           run a shell script in the guest instead of tests: in the tree's copy, the executable's path in $TSRUNC
//   --memory MB, --cpus N, --timeout SECONDS
//   --setup [--engines]   installs qemu and makes the guest's image (with the engines' packages): as root, some minutes, then nothing else
//
// The harness is found in TSRUNC_SHARED/vm, the image in TSRUNC_VM. Without them nothing is run, the reason is printed, the exit status is 0.
// Between two machines nothing is kept. The last line is `N passed, N failed, N skipped`.
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { bundleTests, findTests, ofExecutable } from "./lib/tests.mjs";
import { summary } from "./lib/test-report.mjs";
import { Missing, asProgram } from "./lib/tools.mjs";
import { builtIn, packTree, runInMachine, setupMachine, whyNoMachine } from "./lib/vm.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modes = ["init", "systemd"];
const hosts = ["static", "node"];

const options = {
  mode: { type: "string" },
  host: { type: "string" },
  grep: { type: "string" },
  verbose: { type: "boolean", short: "v" },
  out: { type: "string", default: "build" },
  "no-build": { type: "boolean" },
  sh: { type: "string" },
  memory: { type: "string" },
  cpus: { type: "string" },
  timeout: { type: "string", default: "3600" },
  setup: { type: "boolean" },
  engines: { type: "boolean" },
};

function oneOf(name, all, value) {
  if (value === undefined) return all;
  if (!all.includes(value)) throw new Missing(`--${name} is ${all.join(" or ")}, not ${value}.`);
  return [value];
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  process.chdir(root);
  if (values.setup) return setupMachine(root, { engines: values.engines === true });
  const chosen = { modes: oneOf("mode", modes, values.mode), hosts: oneOf("host", hosts, values.host) };
  const reason = whyNoMachine(root);
  if (reason !== undefined) return void process.stdout.write(`vm: skipped: ${reason}\n`);
  const where = { root, out: resolve(root, values.out) };
  if (!values["no-build"]) await build({ out: values.out, alone: chosen.hosts.includes("static") });
  const job = values.sh === undefined ? await testJob(where, values, positionals, chosen.hosts) : undefined;
  const share = packTree(where);
  try {
    if (job !== undefined) writeFileSync(join(share, "job.json"), JSON.stringify(job));
    await runModes({ where, share, ...chosen, job, values });
  } finally {
    rmSync(share, { recursive: true, force: true });
  }
}

async function testJob(where, { grep, verbose }, subsets, chosenHosts) {
  const sources = ofExecutable(findTests(root, subsets)).filter((path) => subsets.length > 0 || !path.startsWith("test/engines/"));
  if (sources.length === 0) throw new Missing(`no test of the executable matches ${subsets.join(" ")}: name paths below test/.`);
  const { broken } = await bundleTests(where, sources);
  for (const { source, message } of broken) throw new Missing(`${source}: ${message}`);
  return { sources, built: builtIn(where), hosts: chosenHosts, grep, verbose: verbose === true };
}

async function runModes({ where, share, modes: chosenModes, hosts: chosenHosts, job, values }) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const executable = chosenHosts[0] === "static" ? "tsrunc-static" : "tsrunc";
  const script =
    job === undefined
      ? `export TSRUNC=$PWD/${builtIn(where)}/${executable}\n${values.sh}\n`
      : "exec node scripts/lib/vm-guest.mjs /mnt/share/job.json\n";
  for (const mode of chosenModes) {
    let reported = false;
    const line = (text) => {
      const counts = job === undefined ? null : /^totals (\{.*\})$/.exec(text);
      if (counts === null) return void process.stdout.write(`${text}\n`);
      reported = true;
      for (const [name, count] of Object.entries(JSON.parse(counts[1]))) totals[name] += count;
    };
    const status = await runInMachine({
      root,
      share,
      mode,
      script,
      seconds: values.timeout,
      memory: values.memory,
      cpus: values.cpus,
      line,
    });
    if (job === undefined) process.exitCode ||= status;
    else if (status !== 0 || !reported) {
      totals.failed++;
      process.stdout.write(`FAIL vm, ${mode} mode: exit status ${status}${status === 124 ? ` (timeout after ${values.timeout} s)` : ""}\n`);
    }
  }
  if (job === undefined) return;
  process.stdout.write(`${summary(totals)}\n`);
  process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

await asProgram("vm", main);
