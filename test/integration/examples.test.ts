// Every directory of bundle-examples/ runs and does what its README says.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeRootfs } from "../../scripts/lib/rootfs.mjs";
import { type CommandResult, runCommand } from "../support/command.js";
import { assertNothingLeft } from "../support/leaks.js";
import { sourceRoot, tsruncPath } from "../support/paths.js";
import { needs, needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const examples = join(sourceRoot, "bundle-examples");

type Check = (result: CommandResult, bundle: string) => void;

const checks: Record<string, Check> = {
  hello: ({ code, stdout, stderr }) => {
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /^Hello from hello: I am process 1, user 0, and \/ has \d+ entries\.\n$/);
  },
  limits: ({ code, stdout, stderr }) => {
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const [memory, pids, cpu, fork, kill, throttled = "", ...rest] = stdout.trim().split("\n");
    assert.deepEqual([memory, pids], ["memory limit: 33554432", "pids limit: 16"]);
    assert.match(cpu ?? "", /^cpu quota: 20000( 100000)?$/);
    assert.equal(fork, "can't fork");
    assert.equal(kill, "64 MiB of memory: exit code 137");
    assert.match(throttled, /^throttled: nr_throttled [1-9]\d*$/);
    assert.deepEqual(rest, []);
  },
  seccomp: ({ code, stdout, stderr }) => {
    assert.equal(code, 0);
    assert.equal(stdout, "mkdir: exit code 1\ntouch: works\nchmod: exit code 1\nSeccomp:\t2\n");
    assert.match(stderr, /mkdir: .*Operation not permitted\n.*chmod: .*Function not implemented\n/s);
  },
  hooks: ({ code, stdout, stderr }, bundle) => {
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.equal(stdout, "startContainer: as user 0 in hooks\nprocess: running\n");
    const lines = "prestart: created\ncreateRuntime: created\ncreateContainer: created\npoststart: running\npoststop: stopped\n";
    assert.equal(readFileSync(join(bundle, "hooks.log"), "utf8"), lines);
  },
  readonly: ({ code, stdout, stderr }) => {
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.equal(stdout, "/new: refused\n/etc/passwd: refused\n/bin/new: refused\n/proc/sys/kernel/hostname: refused\n/tmp/new: written\n");
  },
};

/** These are in example-services.test.ts. */
const services = ["cpu-quota", "httpd", "nginx", "overlay", "uts"];

/** A copy, so that nothing is written into the source tree. */
function copyExample(name: string, scratch: Scratch): string {
  const bundle = scratch.path(name);
  cpSync(join(examples, name), bundle, { recursive: true, filter: (path) => !path.includes("/rootfs") && !path.endsWith("/hooks.log") });
  makeRootfs(join(bundle, "rootfs"));
  return bundle;
}

describe("bundle-examples", { skip: needsContainers() }, () => {
  for (const [name, check] of Object.entries(checks)) {
    test(name, async (t) => {
      const scratch = new Scratch(t);
      const bundle = copyExample(name, scratch);
      const runtime = scratch.runtime();
      check(await runtime.run(["run", "--bundle", bundle, scratch.id()]), bundle);
      await assertNothingLeft(scratch.marker, [runtime.root]);
    });
  }

  test("shell", { skip: needs("python3") }, async (t) => {
    const scratch = new Scratch(t);
    const bundle = copyExample("shell", scratch);
    const runtime = scratch.runtime();
    const onpty = join(sourceRoot, "test/support/onpty.py");
    const args = [onpty, "90", "30", tsruncPath, "--root", runtime.root, "run", "--bundle", bundle, scratch.id()];
    const { code, stdout } = await runCommand("python3", args, { input: "tty; stty size\nexit 7\n" });
    assert.equal(code, 7, stdout);
    assert.match(stdout, /\/dev\/pts\/0\r\n30 90\r\n/);
    await assertNothingLeft(scratch.marker, [runtime.root]);
  });

  test("each has a README and a test", () => {
    const names = readdirSync(examples);
    assert.deepEqual(names.sort(), [...Object.keys(checks), ...services, "shell"].sort());
    for (const name of names) assert.ok(existsSync(join(examples, name, "README.md")), name);
  });
});
