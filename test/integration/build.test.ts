// The native build by both ways in, without a network and without anything in the home directory.
import assert from "node:assert/strict";
import { accessSync, constants, existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { type CommandResult, plainEnvironment, runCommand } from "../support/command.js";
import { sourceRoot } from "../support/paths.js";
import { needs } from "../support/requirements.js";

const products = ["tsrunc", "tsrunc-init", "tsrunc.node"];
const nodePrefix = dirname(dirname(process.execPath));

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "tsrunc-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** In a network namespace with nothing in it. */
function offline(command: readonly string[], home: string, cwd = sourceRoot): Promise<CommandResult> {
  const env = { ...plainEnvironment, PATH: `${dirname(process.execPath)}:${plainEnvironment["PATH"] ?? ""}`, HOME: home };
  return runCommand("unshare", ["--net", ...command], { cwd, env, timeoutMs: 300_000 });
}

function assertProducts(out: string): void {
  for (const name of products) accessSync(join(out, name), name.endsWith(".node") ? constants.R_OK : constants.X_OK);
}

test("through cmake-js: nothing is downloaded, and the second build compiles nothing", { skip: needs("root", "unshare") }, async (t) => {
  const [out, home] = [scratch(t), scratch(t)];
  const build = (): Promise<CommandResult> => offline([process.execPath, "scripts/build.mjs", "--only", "native", "--out", out], home);
  const first = await build();
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.equal(first.stderr, "", "the compiler warned");
  assertProducts(out);
  assert.deepEqual(readdirSync(home), []);
  const times = (): number[] => products.map((name) => statSync(join(out, name)).mtimeMs);
  const before = times();
  const second = await build();
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(times(), before);
});

const nodeGyp = [nodePrefix, "/usr/share/nodejs", "/usr/local"]
  .flatMap((prefix) => [join(prefix, "lib/node_modules/npm/node_modules/node-gyp"), join(prefix, "node-gyp")])
  .map((directory) => join(directory, "bin/node-gyp.js"))
  .find((path) => existsSync(path));
const headers = existsSync(join(nodePrefix, "include/node/common.gypi"));

test(
  "through binding.gyp: node-gyp ends in the same CMake build",
  {
    skip:
      needs("root", "unshare", "python3") ||
      (nodeGyp === undefined && "npm's node-gyp is not installed") ||
      (!headers && `${nodePrefix}/include/node is missing, and node-gyp would download it`),
  },
  async (t) => {
    const [tree, out, home] = [scratch(t), scratch(t), scratch(t)];
    // node-gyp keeps its own files in ./build: not in that of the source tree.
    for (const name of readdirSync(sourceRoot)) {
      if (name !== "build" && name !== ".git") symlinkSync(join(sourceRoot, name), join(tree, name));
    }
    // What follows "--" goes to gyp in the first, and would go to make in the second.
    for (const args of [["configure", `--nodedir=${nodePrefix}`, "--", `-Dtsrunc_out=${out}`], ["build"]]) {
      const { code, stdout, stderr } = await offline([process.execPath, nodeGyp ?? "", ...args], home, tree);
      assert.equal(code, 0, stdout + stderr);
    }
    assertProducts(out);
  },
);

test("something missing is one sentence that names the package", async (t) => {
  const out = scratch(t);
  const env = { PATH: scratch(t) };
  const { code, stderr } = await runCommand(process.execPath, ["scripts/build.mjs", "--only", "native", "--out", out], {
    cwd: sourceRoot,
    env,
  });
  assert.equal(code, 1);
  assert.equal(stderr, "build: cmake is missing: install the Debian package cmake (apt-get install cmake).\n");
});
