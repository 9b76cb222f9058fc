// What a program in QuickJS could die of ends with one line and exit code 1, as on Node.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { runCommand, type CommandResult } from "../../support/command.js";
import { Scratch } from "../../support/scratch.js";
import { needsStatic, staticPath } from "../../support/static.js";

const skip = needsStatic;

function plan(t: TestContext, config: string | Uint8Array, prefix: readonly string[] = []): Promise<CommandResult> {
  const bundle = new Scratch(t).path("bundle");
  mkdirSync(bundle);
  writeFileSync(join(bundle, "config.json"), config);
  const [command = "", ...args] = [...prefix, staticPath, "plan", "--bundle", bundle];
  return runCommand(command, args);
}

function oneLine({ code, signal, stdout, stderr }: CommandResult): void {
  assert.deepEqual({ code, signal, stdout }, { code: 1, signal: null, stdout: "" });
  assert.match(stderr, /^[^\n]+\n$/);
}

for (const depth of [1_000, 100_000, 2_000_000]) {
  test(`config.json nested ${depth} deep`, { skip }, async (t) => {
    oneLine(await plan(t, `{"ociVersion":"1.0.2","annotations":${"[".repeat(depth)}${"]".repeat(depth)}}`));
    oneLine(await plan(t, "[".repeat(depth)));
  });
}

test("a small stack is enough to say so", { skip }, async (t) => {
  oneLine(await plan(t, "[".repeat(100_000), ["sh", "-c", 'ulimit -s 256; exec "$@"', "sh"]));
});

test("out of memory", { skip }, async (t) => {
  const config = JSON.stringify({
    ociVersion: "1.0.2",
    annotations: Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`a${i}`, "x".repeat(50)])),
  });
  // The executable alone takes 6.5 MB: below that the kernel ends it at exec.
  for (const kib of [8_000, 12_000]) oneLine(await plan(t, config, ["sh", "-c", `ulimit -v ${kib}; exec "$@"`, "sh"]));
});

test("a config.json of 5 MB is read", { skip }, async (t) => {
  const annotations = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`org.example.${i}`, "x".repeat(80)]));
  const config = {
    ociVersion: "1.0.2",
    annotations,
    process: { cwd: "/", args: ["true"] },
    root: { path: "rootfs" },
    linux: { namespaces: [{ type: "mount" }] },
  };
  const text = JSON.stringify(config);
  assert.ok(text.length > 5_000_000);
  const { stderr } = await plan(t, text);
  assert.doesNotMatch(stderr, /internal error|memory/);
});

test("arguments and variables that are no UTF-8 are taken as they can be", { skip }, () => {
  const script = 'X="$(printf "\\377")" "$1" --root "$(printf "/nowhere/\\377")" state "$(printf "a\\377b")"';
  const { status, stderr } = spawnSync("sh", ["-c", script, "sh", staticPath], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /^[^\n]+\n$/);
});
