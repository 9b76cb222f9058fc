// A hook whose output an image or a network has a hand in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { attack } from "../support/attack.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();
const MB = 1024 * 1024;

test(
  "a hook that never stops writing fills the runtime's memory and the engine's log",
  { skip },
  attack("hook-output,message-length", async ({ scratch, runtime }) => {
    const log = scratch.path("log");
    const bundle = scratch.makeBundle((config) => {
      // 16 MB, then the failure that has it reported.
      const script = "head -c 16777216 /dev/zero | tr '\\0' A >&2; exit 1";
      config.hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", script] }] };
    });
    const { code } = await runtime.run(["--log", log, "--log-format", "json", "run", "--bundle", bundle.dir, scratch.id()]);
    assert.equal(code, 1);
    return readFileSync(log).length > 2 * MB;
  }),
);

test("output of a hook is no record of ours, no text for a terminal, and no UTF-8", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const output = String.raw`\n{"level":"info","msg":"all is well"}\n\033]0;title\007\377\376\000\r"`;
  for (const kind of ["createRuntime", "createContainer"]) {
    const log = scratch.path(`log-${kind}`);
    const bundle = scratch.makeBundle((config) => {
      config.hooks = { [kind]: [{ path: "/bin/sh", args: ["sh", "-c", `printf '${output}' >&2; exit 3`] }] };
    });
    const { code, stderr } = await scratch
      .runtime()
      .run(["--log", log, "--log-format", "json", "run", "--bundle", bundle.dir, scratch.id()]);
    assert.equal(code, 1);
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    const records = lines.map((line) => JSON.parse(line) as { level: string; msg: string });
    assert.deepEqual(
      records.map(({ level }) => level),
      ["error"],
      kind,
    );
    assert.match(records[0]?.msg ?? "", new RegExp(`error running ${kind} hook #0: exit status 3`));
    assert.ok(!stderr.includes("\u001b"), JSON.stringify(stderr));
  }
});
