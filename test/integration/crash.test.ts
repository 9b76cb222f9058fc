// The CLI is killed at each system call with which create changes something or talks to the container's processes. Whatever the moment,
// `delete --force` must then remove all there is. strace kills: at the N-th call of a kind, before it is carried out.
import { after, describe, test } from "node:test";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plainEnvironment, runCommand } from "../support/command.js";
import { assertNothingLeft } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import type { Runtime } from "../support/runtime.js";
import { type Bundle, Scratch } from "../support/scratch.js";

const calls =
  "mkdir mkdirat write sendmsg recvmsg rename renameat renameat2 bind listen connect unlink vfork clone clone3 wait4 fchmod chmod prlimit64 fsync";

interface Moment {
  readonly call: string;
  /** The how manieth call of this kind by the CLI's main thread. */
  readonly when: number;
  readonly text: string;
}

/** `create` under strace, which follows no child: only what the CLI itself does is counted. */
async function create(runtime: Runtime, bundle: Bundle, id: string, strace: readonly string[]): Promise<number | null> {
  const args = [...strace, runtime.path, "--root", runtime.root, "create", "--bundle", bundle.dir, id];
  const { code } = await runCommand("strace", args, { env: plainEnvironment, stdio: ["ignore", "ignore", "ignore"] });
  return code;
}

/** Everything from the first call that leaves something on the host. */
async function moments(): Promise<Moment[]> {
  const scratch = new Scratch();
  const log = join(mkdtempSync(join(tmpdir(), "tsrunc-strace-")), "log");
  try {
    const runtime = scratch.runtime();
    const id = scratch.id();
    const bundle = scratch.makeBundle(configPatch);
    const trace = ["-qq", "-s", "60", "-o", log, "-e", `trace=${calls.replaceAll(/(\w+)/g, "?$1").replaceAll(" ", ",")}`];
    assert.equal(await create(runtime, bundle, id, trace), 0);
    const counts = new Map<string, number>();
    const all = readFileSync(log, "utf8")
      .split("\n")
      .flatMap((text) => {
        const call = /^(\w+)\(/.exec(text)?.[1];
        if (call === undefined) return [];
        const when = (counts.get(call) ?? 0) + 1;
        counts.set(call, when);
        return [{ call, when, text }];
      });
    const first = all.findIndex(({ call, text }) => call.startsWith("mkdir") && text.includes(scratch.marker));
    assert.ok(first >= 0, "create makes a directory");
    return all.slice(first);
  } finally {
    rmSync(join(log, ".."), { recursive: true });
    await scratch.cleanup();
  }
}

const configPatch = {
  process: { args: ["sleep", "60"] },
  hooks: { createRuntime: [{ path: "/bin/true" }], poststop: [{ path: "/bin/true" }] },
  linux: { resources: { pids: { limit: 20 }, memory: { limit: 67108864 } } },
};

const skip = needsContainers("strace");
const walked = skip === false ? await moments() : [];

describe("create killed at each of its calls", { skip }, () => {
  test("there are as many moments as a plan has turns", () => {
    assert.ok(walked.length >= 20, `${walked.length} calls`);
    for (const call of ["sendmsg", "recvmsg", "write"])
      assert.ok(
        walked.some((moment) => moment.call === call),
        call,
      );
  });

  let killed = 0;
  after(() => assert.ok(killed >= walked.length * 0.9, `create was killed ${killed} times of ${walked.length}`));

  for (const { call, when, text } of walked) {
    test(`${call} ${when}: ${text.slice(0, 90)}`.replaceAll(/tsrunc-test-\w+/g, "ID"), async (t) => {
      const scratch = new Scratch(t);
      const runtime = scratch.runtime();
      const bundle = scratch.makeBundle(configPatch);
      const id = scratch.id();
      const code = await create(runtime, bundle, id, ["-qq", "-o", "/dev/null", "-e", `inject=${call}:signal=SIGKILL:when=${when}`]);
      // How many messages are read depends on the moment, too: now and then the last call of a kind does not come.
      if (code !== 0) killed++;
      const removed = await runtime.run(["delete", "--force", id]);
      assert.deepEqual({ code: removed.code, stderr: removed.stderr }, { code: 0, stderr: "" });
      await assertNothingLeft(scratch.marker, [runtime.root]);
      // The name is free again.
      assert.equal((await runtime.create(id, bundle.dir)).code, 0);
      await runtime.ok(["delete", "--force", id]);
    });
  }
});
