// npm run load [-- OPTIONS]: containers at random (test/fault/load.test.ts), for long and with many. docs/robustness.md tells what it found.
//   --minutes N      how long (10)
//   --containers M   so many at once (500), by fifty commands at once
//   --seed N         the same commands again (by default another seed each time)
//   --host static|node   which executable (static)
//   --out DIR, --no-build   what is tested, and not to build it first
import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    containers: { type: "string", default: "500" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    host: { type: "string", default: "static" },
    out: { type: "string", default: "build" },
    "no-build": { type: "boolean" },
  },
});

function run(script, args, env = {}) {
  const { status } = spawnSync(process.execPath, [join(root, "scripts", script), ...args], {
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (!values["no-build"]) run("build.mjs", ["--out", values.out, ...(values.host === "static" ? ["--static"] : [])]);
run("test.mjs", ["--no-build", "--out", values.out, "-v", "fault/load"], {
  TSRUNC: resolve(root, values.out, values.host === "static" ? "tsrunc-static" : "tsrunc"),
  TSRUNC_LOAD_MINUTES: values.minutes,
  TSRUNC_LOAD_CONTAINERS: values.containers,
  TSRUNC_SEED: values.seed,
  // A file of tests has twenty minutes by default.
  TSRUNC_TEST_PATIENCE: String(Math.ceil(Number(values.minutes) / 10) + 1),
});
