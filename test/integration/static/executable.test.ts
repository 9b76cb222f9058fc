// tsrunc-static as a file: one static executable of bounded size, whose segments are never writable and executable at once.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../support/command.js";
import { sourceRoot } from "../../support/paths.js";
import { needs } from "../../support/requirements.js";
import { Scratch } from "../../support/scratch.js";
import { needsStatic, staticPath } from "../../support/static.js";

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly fileSize: bigint;
  readonly memorySize: bigint;
}

const [PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_STACK, PT_GNU_RELRO] = [1, 2, 3, 0x6474e551, 0x6474e552];
const [EXECUTE, WRITE] = [1, 2];

function segments(elf: Buffer): Segment[] {
  const offset = Number(elf.readBigUInt64LE(32));
  return Array.from({ length: elf.readUInt16LE(56) }, (_, index) => {
    const header = elf.subarray(offset + index * elf.readUInt16LE(54));
    return {
      type: header.readUInt32LE(0),
      flags: header.readUInt32LE(4),
      address: header.readBigUInt64LE(16),
      fileSize: header.readBigUInt64LE(32),
      memorySize: header.readBigUInt64LE(40),
    };
  });
}

test("at most 6 MB, static, nothing writable is executable, the heap is a segment", { skip: needsStatic }, () => {
  const elf = readFileSync(staticPath);
  assert.ok(elf.length <= 6_000_000, `${elf.length} bytes`);
  const all = segments(elf);
  assert.deepEqual(
    all.filter(({ type }) => type === PT_INTERP || type === PT_DYNAMIC),
    [],
  );
  for (const { flags, address } of all) assert.notEqual(flags & (EXECUTE | WRITE), EXECUTE | WRITE, `segment at 0x${address.toString(16)}`);
  assert.equal(all.filter(({ type }) => type === PT_GNU_STACK).length, 1);
  assert.equal(all.filter(({ type }) => type === PT_GNU_RELRO).length, 1);
  const loads = all.filter(({ type }) => type === PT_LOAD);
  for (const [index, { address }] of loads.entries()) {
    const before = loads[index - 1];
    assert.ok(before === undefined || before.address + before.memorySize <= address, "segments are in order and do not overlap");
  }
  const heap = loads.at(-1);
  assert.ok(heap !== undefined && heap.fileSize > 500_000n && (heap.flags & WRITE) !== 0);
  // Nothing of the build's environment has got into it.
  for (const secret of [process.env["PATH"] ?? "", sourceRoot]) {
    if (secret.length > 8) assert.equal(elf.includes(secret), false, secret);
  }
});

test("it runs where nothing else is: an empty root, without /proc", { skip: needsStatic || needs("root", "unshare") }, async (t) => {
  const scratch = new Scratch(t);
  const root = scratch.path("empty");
  mkdirSync(root);
  copyFileSync(staticPath, join(root, "tsrunc"));
  const { code, stdout, stderr } = await runCommand("unshare", ["--mount", "chroot", root, "/tsrunc", "--version"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /^tsrunc version /);
});

test("only its own files are open, and none of the caller's is changed", { skip: needsStatic || needs("strace") }, async (t) => {
  const scratch = new Scratch(t);
  const trace = scratch.path("trace");
  const args = ["-f", "-o", trace, staticPath, "--root", scratch.path("root"), "state", "nothing"];
  const { code } = await runCommand("strace", args);
  assert.equal(code, 1);
  const calls = readFileSync(trace, "utf8");
  assert.equal(/\b(prlimit64|setrlimit|rt_sigaction|rt_sigprocmask)\([^)]*(RLIMIT_NOFILE, \{|SIG_IGN)/.test(calls), false);
  assert.equal(/PROT_WRITE\|PROT_EXEC/.test(calls), false);
  assert.equal(/\bclone|\bfork|\bvfork/.test(calls), false, "no thread and no process");
});
