// Hooks that hang, die, or leave children behind: the command says so in one line, in time, and nothing of theirs or ours is left.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { processesOf } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { errorProblems, Ground } from "./support/ground.js";

const skip = needsContainers();

const kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart"] as const;

const scripts: Readonly<Record<string, { readonly text: string; readonly error: RegExp }>> = {
  hangs: { text: "exec sleep 1000", error: /ran past specified timeout/ },
  "hangs and ignores signals": { text: 'trap "" TERM INT HUP; while :; do sleep 1000; done', error: /ran past specified timeout/ },
  "hangs with children": { text: "sleep 1000 & sleep 1000 & wait", error: /ran past specified timeout/ },
  dies: { text: "kill -SEGV $$", error: /segmentation fault|SIGSEGV|signal/i },
  "closes its stdin": { text: "exec <&-; exit 3", error: /exit status 3/ },
  "never stops writing": { text: "while :; do echo a line of output; done", error: /ran past specified timeout/ },
};

for (const [name, { text, error }] of Object.entries(scripts)) {
  test(`a hook ${name}`, { skip }, async (t) => {
    const ground = new Ground();
    t.after(() => ground.cleanup());
    const hook = ground.scratch.path("hook");
    writeFileSync(hook, `#!/bin/sh\n${text}\n`);
    chmodSync(hook, 0o755);
    await Promise.all(
      kinds.map(async (kind) => {
        const id = ground.id();
        const path = kind === "startContainer" ? "/hook" : hook;
        const patch = {
          process: { args: ["sleep", "1000"] },
          hooks: { [kind]: [{ path, args: ["hook", ground.scratch.marker], timeout: 1 }] },
        };
        const bundle = ground.scratch.makeBundle(patch);
        copyFileSync(hook, `${bundle.rootfs}/hook`);
        const output = ground.output();
        const args = ["run", "--detach", "--bundle", bundle.dir, id];
        const result = await ground.runtime.run(args, { stdio: output.stdio, timeoutMs: 20_000 });
        const { stderr } = output.take();
        assert.deepEqual(errorProblems({ ...result, stderr }, 1), [], kind);
        assert.match(stderr, error, kind);
        assert.equal(await ground.left(id), "", kind);
      }),
    );
    assert.deepEqual(processesOf(ground.scratch.marker), []);
  });
}
