// Compiled filters are kept beside the containers' state: used when they are whole, and nothing else follows from them.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();
const CACHE = ".seccomp~cache";
const denyMkdir = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 95 }] };

function prepare(t: TestContext, seccomp: Readonly<Record<string, unknown>> = denyMkdir) {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle((config) => {
    config.process.args = ["sh", "-c", "mkdir /made 2>&1 && echo made; rmdir /made 2>/dev/null; true"];
    config.root.readonly = false;
    config.linux.seccomp = seccomp;
  });
  const directory = join(runtime.root, CACHE);
  const run = async () => (await runtime.run(["run", "--bundle", bundle.dir, scratch.id()])).stdout;
  const files = () => readdirSync(directory).map((name) => join(directory, name));
  return { scratch, runtime, bundle, directory, run, files };
}

const denied = /^mkdir: .*[Nn]ot supported\n$/;

/** A file that is all it should be, but for its filter: any call is allowed. */
function forge(path: string): void {
  const allow = Buffer.from([0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]);
  const key = Buffer.from(path.slice(path.lastIndexOf("/") + 1), "hex");
  const sum = execFileSync("b2sum", ["-l", "256"], { input: Buffer.concat([key, allow]), encoding: "latin1" });
  writeFileSync(path, Buffer.concat([Buffer.from(sum.slice(0, 64), "hex"), allow]));
}

describe("the cache of compiled filters", { skip }, () => {
  test("one private file for a profile, whichever container, create or exec; what is in it is what is loaded", async (t) => {
    const { scratch, runtime, bundle, directory, run, files } = prepare(t);
    assert.match(await run(), denied);
    const [file = "", ...more] = files();
    assert.deepEqual(more, []);
    assert.equal(statSync(directory).mode & 0o7777, 0o700);
    assert.equal(statSync(file).mode & 0o7777, 0o600);
    const { ino } = statSync(file);
    assert.match(await run(), denied);
    assert.equal(statSync(file).ino, ino, "not written again");

    bundle.config.process.args = ["sleep", "1000"];
    bundle.save();
    const id = scratch.id();
    assert.equal((await runtime.run(["run", "-d", "--bundle", bundle.dir, id], { stdio: ["ignore", "ignore", "ignore"] })).code, 0);
    const exec = async () => (await runtime.run(["exec", id, "sh", "-c", "mkdir /more 2>&1 && echo made"])).stdout;
    assert.match(await exec(), denied);
    assert.deepEqual(files(), [file]);
    // The proof that it is used: a file with the right hash and another filter is believed, as it could only be our own.
    forge(file);
    assert.equal(await exec(), "made\n");
  });

  test("a file that was tampered with is replaced, and the profile holds", async (t) => {
    const { run, files } = prepare(t);
    await run();
    const [file = ""] = files();
    const good = readFileSync(file);
    const bad = Buffer.from(good);
    bad.fill(0, 32, 40);
    for (const content of [bad, good.subarray(0, 40), Buffer.alloc(0)]) {
      writeFileSync(file, content);
      assert.match(await run(), denied);
      assert.deepEqual(readFileSync(files()[0] ?? ""), good);
    }
    forge(file);
    chmodSync(file, 0o666);
    assert.match(await run(), denied);
    assert.deepEqual(readFileSync(file), good);
    assert.equal(statSync(file).mode & 0o7777, 0o600);
  });

  test("what only the loader needs makes no other filter; what decides does", async (t) => {
    const { bundle, run, files } = prepare(t);
    await run();
    bundle.config.linux.seccomp = { ...denyMkdir, flags: ["SECCOMP_FILTER_FLAG_LOG"] };
    bundle.save();
    await run();
    assert.equal(files().length, 1);
    bundle.config.linux.seccomp = { ...denyMkdir, defaultAction: "SCMP_ACT_LOG" };
    bundle.save();
    await run();
    assert.equal(files().length, 2);
  });

  test("it is no container, and no container can have its name", async (t) => {
    const { runtime, bundle, run } = prepare(t);
    await run();
    assert.equal((await runtime.ok(["list", "--quiet"])).stdout, "");
    for (const args of [
      ["state", CACHE],
      ["delete", "--force", CACHE],
      ["create", "--bundle", bundle.dir, CACHE],
    ]) {
      const { code, stderr } = await runtime.run(args);
      assert.equal(code, 1);
      assert.match(stderr, /invalid container ID format/);
    }
    assert.ok(existsSync(join(runtime.root, CACHE)));
    assert.deepEqual(readdirSync(runtime.root), [CACHE]);
  });

  test("where there can be none, the container runs all the same", async (t) => {
    const { runtime, directory, run } = prepare(t);
    mkdirSync(runtime.root);
    writeFileSync(directory, "no directory");
    assert.match(await run(), denied);
    assert.ok(lstatSync(directory).isFile());
    rmSync(directory);
    mkdirSync(directory, { mode: 0o777 });
    chmodSync(directory, 0o777);
    assert.match(await run(), denied);
    assert.deepEqual(readdirSync(directory), []);
  });
});
