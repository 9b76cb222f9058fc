// The caller is killed in the middle of exec, at each system call with which it works on the new process: nothing may be left in the container.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { plainEnvironment, runCommand, waitUntil } from "../support/command.js";
import { runTarget, type Target } from "../support/exec.js";
import { needsContainers } from "../support/requirements.js";

const calls = "sendmsg recvmsg write rename clone vfork wait4 prlimit64 connect pidfd_open";
const skip = needsContainers("strace");

async function exec({ scratch, runtime, id }: Target, strace: readonly string[]): Promise<number | null> {
  const args = [...strace, runtime.path, "--root", runtime.root, "exec", "--detach", "--pid-file", scratch.path("pid"), id, "sleep", "0.3"];
  return (await runCommand("strace", args, { env: plainEnvironment, stdio: ["ignore", "ignore", "ignore"] })).code;
}

describe("exec killed at each of its calls", { skip }, () => {
  test("nothing is left", async (t) => {
    const target = await runTarget(t);
    const log = target.scratch.path("log");
    const trace = ["-qq", "-o", log, "-e", `trace=${calls.replaceAll(/(\w+)/g, "?$1").replaceAll(" ", ",")}`];
    assert.equal(await exec(target, trace), 0);
    const counts = new Map<string, number>();
    const moments = readFileSync(log, "utf8")
      .split("\n")
      .flatMap((line) => {
        const call = /^(\w+)\(/.exec(line)?.[1];
        if (call === undefined) return [];
        counts.set(call, (counts.get(call) ?? 0) + 1);
        return [{ call, when: counts.get(call) ?? 0 }];
      });
    const first = moments.findIndex(({ call }) => call === "pidfd_open");
    assert.ok(first >= 0 && moments.length - first >= 8, `${moments.length} calls`);
    let killed = 0;
    for (const { call, when } of moments.slice(first)) {
      const code = await exec(target, ["-qq", "-o", "/dev/null", "-e", `inject=${call}:signal=SIGKILL:when=${when}`]);
      if (code !== 0) killed++;
      await waitUntil(`init is alone after ${call} ${when}`, () => target.processes().length === 1, 3000);
    }
    assert.ok(killed >= (moments.length - first) * 0.8, `killed ${killed} times of ${moments.length - first}`);
    assert.equal((await target.exec([], ["echo", "well"])).stdout, "well\n");
  });
});
