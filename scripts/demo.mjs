// npm run demo: installs what is missing, builds, and runs bundle-examples/hello, showing what tsrunc sets up for it.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { makeRootfs } from "./lib/rootfs.mjs";
import { Missing, asProgram } from "./lib/tools.mjs";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsrunc = join(root, "build/tsrunc");
const bundle = "bundle-examples/hello";

function run(...args) {
  const { status, stdout, stderr, error } = spawnSync(tsrunc, args, { cwd: root, encoding: "utf8", input: "" });
  if (status === 0) return stdout;
  throw new Missing(`tsrunc ${args.join(" ")} failed${error ? `: ${error.message}` : ` with exit code ${status}`}:\n${stdout}${stderr}`);
}

/** What the steps of a plan are about, in the words of their ids: `mounts/3/bind` is about `mounts`. */
function describePlan(plan) {
  const groups = new Map();
  for (const { id, who } of plan.steps) {
    const concern = id.split("/")[0];
    const group = groups.get(concern) ?? { steps: 0, who: new Set() };
    group.steps++;
    group.who.add(who);
    groups.set(concern, group);
  }
  const line = ([concern, { steps, who }]) =>
    `  ${concern.padEnd(18)} ${String(steps).padStart(3)} ${steps === 1 ? "step " : "steps"}  ${[...who].join(", ")}`;
  return [...groups].map(line).join("\n");
}

function show(title, text) {
  process.stdout.write(`\n${title}\n${text.trimEnd()}\n`);
}

async function main() {
  await setup({ root });
  process.chdir(root);
  await build({ out: "build" });
  if (process.getuid() !== 0) throw new Missing("the demo runs a container: run it as root.");
  makeRootfs(join(root, bundle, "rootfs"));
  const plan = JSON.parse(run("plan", "--bundle", bundle, "--json"));
  show(`What tsrunc does for ${bundle}/config.json: ${plan.steps.length} steps, by concern and actor`, describePlan(plan));
  const id = `tsrunc-demo-${process.pid}`;
  const begin = performance.now();
  const output = run("run", "--bundle", bundle, id);
  const milliseconds = Math.round(performance.now() - begin);
  show("The container says", output.replace(/^/gm, "  ").trimEnd());
  show(`It was created, started, waited for and deleted in ${milliseconds} ms. To see each step, or to run it yourself:`, hints());
}

const hints = () => `  build/tsrunc plan --bundle ${bundle}\n  build/tsrunc run --bundle ${bundle} hello`;

await asProgram("demo", main);
