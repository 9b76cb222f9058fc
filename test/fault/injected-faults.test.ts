// Every system call of a command, of its spawned child, the stage and init fails once with every errno that it may have. Then there is one
// line of error and nothing is left; or the fault was none, and the container is the one that it would have been.
//
// The usual run takes a sample of some hundred faults; TSRUNC_LONG=1 takes all, TSRUNC_SEED=N another sample.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Random } from "../support/random.js";
import { errnoNumber, plausible } from "./support/errnos.js";
import { Ground } from "./support/ground.js";
import { type Call, needsInjector } from "./support/injector.js";
import { long, part, progress, sampleSize, seed } from "./support/sample.js";
import { scenarios } from "./support/scenarios.js";

const SAMPLE = 12;
const AT_ONCE = long ? 4 : 2;

/** Of the main thread of Node, what V8 asks for its own memory; Node ends by itself when it gets none. */
const ofEngine = new Set(["mmap", "munmap", "mprotect", "madvise", "brk", "futex", "lseek", "getrandom"]);

interface Fault {
  readonly action: string;
  readonly text: string;
}

function faultsOf(calls: readonly Call[]): Fault[] {
  return calls
    .filter(({ role, name }) => role !== "cli" || !ofEngine.has(name))
    .flatMap((call) => {
      const target = `${call.role}:${call.name}:${call.number}`;
      const faults = plausible(call).map((errno) => ({
        action: `${target}=${errnoNumber(errno)}`,
        text: `${target} ${errno}`,
      }));
      return call.name === "write" ? [...faults, { action: `${target}=short`, text: `${target} short` }] : faults;
    });
}

describe("every system call fails once", { skip: needsInjector() }, () => {
  const grounds = Array.from({ length: AT_ONCE }, () => new Ground());
  after(() => Promise.all(grounds.map((ground) => ground.cleanup())));
  const fault = process.env["TSRUNC_FAULT"];
  const only = fault === undefined ? undefined : new RegExp(fault);

  for (const scenario of scenarios) {
    test(scenario.name, async () => {
      const calls = await scenario.record(grounds[0] as Ground);
      const all = faultsOf(calls).filter(({ text }) => only === undefined || only.test(text));
      const faults = new Random(seed).sample(part(all), sampleSize(SAMPLE));
      const failed: string[] = [];
      let [hits, tolerated] = [0, 0];
      const left = [...faults];
      const work = async (ground: Ground): Promise<void> => {
        for (let fault = left.shift(); fault !== undefined; fault = left.shift()) {
          const { hit, code, problems, stderr } = await scenario.attempt(ground, fault.action);
          if (hit !== undefined) hits++;
          if (hit !== undefined && code === 0) tolerated++;
          // The call may be another one than that of the undisturbed run.
          const what = `${fault.text} ${hit?.text ?? "did not come"}`;
          for (const problem of problems) {
            failed.push(`${what}: ${problem}`);
            progress(`problem: ${what}: ${problem}`);
          }
          if (left.length % 100 === 0) progress(`${scenario.name}: ${faults.length - left.length} tried, ${failed.length} problems`);
          if (only !== undefined) process.stderr.write(`${what}: ${code}: ${stderr}`);
        }
      };
      await Promise.all(grounds.map(work));
      for (const ground of grounds) await ground.assertNothingLeft();
      process.stdout.write(
        `${scenario.name}: ${calls.length} calls, ${all.length} faults, ${hits} injected (seed ${seed}), ${tolerated} tolerated, ${failed.length} problems\n`,
      );
      assert.deepEqual(failed, []);
      assert.ok(hits >= faults.length * 0.5, `${hits} of ${faults.length} calls were there to fail`);
    });
  }
});
