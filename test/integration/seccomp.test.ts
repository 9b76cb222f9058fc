// Profiles decide under tsrunc as they do under Debian's runc: every system call of every ABI is made once under both, and what comes
// back must be the same.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { patience } from "../support/command.js";
import { outDirectory, sourceRoot, tsruncPath } from "../support/paths.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";
import { sharedBundlePath, sharedBundlesMissing } from "../support/shared-bundles.js";
import { everyCall, otherProfiles } from "./seccomp/profiles.js";

const skip = process.arch === "x64" ? needsContainers("gcc") : "the probe is for x86_64";
const skipRunc = skip || needsContainers("runc");
const source = join(sourceRoot, "test/integration/seccomp/probe.c");

function probe(): string {
  const path = join(outDirectory, "probe", "seccomp-probe");
  if (existsSync(path) && statSync(path).mtimeMs >= statSync(source).mtimeMs) return path;
  mkdirSync(join(outDirectory, "probe"), { recursive: true });
  execFileSync("gcc", ["-O1", "-static", "-o", `${path}.${process.pid}`, source]);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}

interface Options {
  readonly noNewPrivileges: boolean;
}

/** What the probe prints under `profile`: `x86_64 105` → `1`. */
async function results(runtime: string, profile: unknown, { noNewPrivileges }: Options): Promise<Map<string, string>> {
  const scratch = new Scratch();
  try {
    const bundle = scratch.makeBundle({
      process: { args: ["/seccomp-probe", String(300 * patience)], noNewPrivileges },
      linux: { seccomp: profile },
    });
    copyFileSync(probe(), join(bundle.rootfs, "seccomp-probe"));
    const { code, stdout, stderr } = await scratch
      .runtime(runtime)
      .run(["run", "--bundle", bundle.dir, scratch.id()], { timeoutMs: 60_000 });
    assert.equal(code, 0, `${runtime}: ${stderr}`);
    return new Map(stdout.split("\n").map((line) => [line.split(" ").slice(0, 2).join(" "), line.split(" ").slice(2).join(" ")]));
  } finally {
    await scratch.cleanup();
  }
}

/** Calls that come back differently, as `x86_64 105: 1 != 38`. */
function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  const calls = new Set([...before.keys(), ...after.keys()]);
  return [...calls]
    .filter((call) => before.get(call) !== after.get(call))
    .map((call) => `${call}: ${before.get(call)} != ${after.get(call)}`);
}

async function same(profile: unknown, options: Options = { noNewPrivileges: true }): Promise<Map<string, string>> {
  const reference = await results("/usr/sbin/runc", profile, options);
  const ours = await results(tsruncPath, profile, options);
  assert.ok(ours.size > 1700, `only ${ours.size} calls were made`);
  assert.deepEqual(differences(reference, ours), []);
  return ours;
}

function sharedProfile(name: string): unknown {
  const config = JSON.parse(readFileSync(sharedBundlePath(name), "utf8")) as { linux: { seccomp: unknown } };
  return config.linux.seccomp;
}

describe("the same as runc", { skip: skipRunc }, () => {
  for (const name of ["docker-05.json", "podman-01.json"]) {
    for (const noNewPrivileges of [true, false]) {
      const title = `the profile of ${name}, ${noNewPrivileges ? "with" : "without"} no_new_privs`;
      test(title, { skip: sharedBundlesMissing() }, async () => {
        const ours = await same(sharedProfile(name), { noNewPrivileges });
        const answers = new Set(ours.values());
        assert.ok(answers.has("ok") && answers.has("1") && answers.has("38"), "the profile decided something");
      });
    }
  }
  for (const [name, profile] of Object.entries(otherProfiles)) {
    test(name, async () => {
      await same(profile);
    });
  }
});

describe("alone", { skip }, () => {
  test("the -ENOSYS stub: EPERM up to the newest call that the profile names, ENOSYS above", async () => {
    const profile = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [everyCall("faccessat2")] };
    const ours = await results(tsruncPath, profile, { noNewPrivileges: true });
    assert.equal(ours.get("x86_64 165"), "1", "mount");
    assert.equal(ours.get("x86_64 438"), "1", "pidfd_getfd, the last before faccessat2");
    assert.equal(ours.get("x86_64 440"), "38", "process_madvise, the first after it");
  });

  // runc knows this since 1.2; Debian's does not.
  test("the stub covers the native architecture when the profile does not list it", async () => {
    const profile = { defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86"], syscalls: [everyCall("faccessat2")] };
    const ours = await results(tsruncPath, profile, { noNewPrivileges: true });
    assert.equal(ours.get("x86_64 440"), "38");
    assert.equal(ours.get("x32 440"), "signal 31", "x32 is in no list: no answer but death");
  });
});
