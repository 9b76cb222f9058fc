// How many processes a container takes, and what init is born as (docs/adr/0009-one-clone.md).
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { runCommand } from "../support/command.js";
import { tsruncPath } from "../support/paths.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers("python3");
const namespaces = (...types: string[]) => types.map((type) => ({ type }));
const usual = namespaces("pid", "mount", "network", "ipc", "uts");

/** Runs its arguments where system calls fail: `refused` lists pairs of number and errno. */
const refusing = (refused: string): string => `
import ctypes, os, struct, sys
clone3 = 435
execveat = {"x86_64": 322, "aarch64": 281}[os.uname().machine]
code = [(0x20, 0, 0, 0)]
for number, error in ${refused}: code += [(0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | error)]
code.append((0x06, 0, 0, 0x7fff0000))
filter = b"".join(struct.pack("HBBI", *one) for one in code)
buffer = ctypes.create_string_buffer(filter)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(22, 2, ctypes.byref(Program(len(code), ctypes.addressof(buffer))), 0, 0) != 0: sys.exit("prctl: %d" % ctypes.get_errno())
os.execv(sys.argv[1], sys.argv[1:])
`;

/** As before Linux 5.3 and in sandboxes of that time. */
const withoutClone3 = refusing("[(clone3, 38)]");

interface Init {
  readonly pid: number;
  readonly status: string;
  readonly cgroups: string;
}

async function created(t: TestContext, before: readonly string[], spaces: readonly { type: string }[]): Promise<Init> {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["true"] } });
  bundle.config.linux.namespaces = [...spaces] as typeof bundle.config.linux.namespaces;
  bundle.save();
  const id = scratch.id();
  const [command = tsruncPath, ...args] = [...before, tsruncPath, "--root", runtime.root, "create", "--bundle", bundle.dir, id];
  assert.equal((await runCommand(command, args, { stdio: ["ignore", "ignore", "ignore"] })).code, 0);
  const { pid } = await runtime.state(id);
  const init = { pid, status: readFileSync(`/proc/${pid}/status`, "utf8"), cgroups: readFileSync(`/proc/${pid}/cgroup`, "utf8") };
  for (const { type } of spaces) {
    const name = { mount: "mnt", network: "net" }[type] ?? type;
    assert.notEqual(readlinkSync(`/proc/${pid}/ns/${name}`), readlinkSync(`/proc/self/ns/${name}`), `${type} is a new one`);
  }
  await runtime.ok(["start", id]);
  await runtime.waitFor(id, "stopped");
  return { ...init, cgroups: init.cgroups.replaceAll(id, "ID") };
}

for (const [where, before] of [
  ["with clone3", []],
  ["without clone3", ["/usr/bin/python3", "-c", withoutClone3]],
] as const) {
  test(`init is pid 1 of its namespaces, in all of its cgroups: ${where}`, { skip }, async (t) => {
    const { status, cgroups } = await created(t, before, usual);
    assert.match(status, /^Name:\ttsrunc:\[init\]$/m);
    assert.match(status, /^NSpid:\t\d+\t1$/m);
    for (const line of cgroups.trim().split("\n")) {
      // A hierarchy that is not mounted, or one without a place for containers, shows the runtime's own.
      const own = readFileSync("/proc/self/cgroup", "utf8").split("\n");
      assert.ok(line.endsWith("ID") || own.includes(line), line);
    }
    assert.match(cgroups, /ID$/m);
  });
}

for (const [where, script] of [
  ["that nobody waits for", refusing("[(execveat, 13)]")],
  ["that is waited for", refusing("[(clone3, 38), (execveat, 13)]")],
] as const) {
  test(`what keeps a child ${where} from being executed is the error of its step, and nothing is left`, { skip }, async (t) => {
    const scratch = new Scratch(t);
    const runtime = scratch.runtime();
    const bundle = scratch.makeBundle({ process: { args: ["true"] } });
    for (const command of ["create", "run"]) {
      const args = ["-c", script, tsruncPath, "--root", runtime.root, command, "--bundle", bundle.dir, scratch.id()];
      const { code, stderr } = await runCommand("/usr/bin/python3", args);
      assert.equal(code, 1);
      assert.match(stderr, /init\/spawn .*execveat\(.*permission denied/);
      assert.equal((await runtime.ok(["list", "-q"])).stdout, "");
    }
  });
}

test("both ways lead to the same cgroups", { skip }, async (t) => {
  const cgroups = async (before: readonly string[]): Promise<string> => (await created(t, before, usual)).cgroups;
  assert.equal(await cgroups(["/usr/bin/python3", "-c", withoutClone3]), await cgroups([]));
});

const skipTrace = needsContainers("strace");

for (const [what, spaces, processes] of [
  ["a usual container takes one process", usual, 1],
  ["a time namespace takes a stage", [...usual, ...namespaces("time")], 2],
] as const) {
  test(what, { skip: skipTrace }, async (t) => {
    const scratch = new Scratch(t);
    const trace = scratch.path("trace");
    await created(t, ["/usr/bin/strace", "-f", "-D", "-e", "trace=clone,clone3,fork,vfork", "-o", trace], spaces);
    const lines = readFileSync(trace, "utf8").split("\n");
    // Threads of Node's and what strace says of signals are none of it.
    const made = lines.filter((line) => /clone3?\(|v?fork\(/.test(line) && !line.includes("CLONE_THREAD"));
    assert.equal(made.length, processes, made.join("\n"));
  });
}

/** Hides a cgroup v2 directory beside version 1: init would have to be born in its cgroup there, which takes the state directory first. */
const withoutUnified = ["/usr/bin/unshare", "--mount", "sh", "-c", 'umount -l /sys/fs/cgroup/unified 2>/dev/null; exec "$@"', "sh"];
const skipEarly = skipTrace || (existsSync("/sys/fs/cgroup/cgroup.controllers") && "cgroup v2 only: init is born in its cgroup");

/** Lines of strace: who was cloned, directories that were made, who ended how. */
async function traced(scratch: Scratch, args: readonly string[]): Promise<{ code: number | null; stderr: string; lines: string[] }> {
  const trace = scratch.path("trace");
  const strace = ["/usr/bin/strace", "-f", "-D", "-e", "trace=clone,clone3,mkdir,mkdirat", "-o", trace];
  const [command = "", ...rest] = [...withoutUnified, ...strace, tsruncPath, ...args];
  const { code, stderr } = await runCommand(command, rest, { stdio: ["ignore", "ignore", "pipe"] });
  return { code, stderr, lines: readFileSync(trace, "utf8").split("\n") };
}

const isInit = (line: string): boolean => line.includes("CLONE_NEWNS");

test("init is started before its plan is there", { skip: skipEarly }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["true"] } });
  const id = scratch.id();
  const { code, lines } = await traced(scratch, ["--root", runtime.root, "run", "--bundle", bundle.dir, id]);
  assert.equal(code, 0);
  const spawn = lines.findIndex(isInit);
  const directory = lines.findIndex((line) => line.includes(`/${id}"`));
  assert.ok(spawn >= 0 && spawn < directory, lines.join("\n"));
  assert.equal(lines.filter(isInit).length, 1);
});

test("of a plan that does not compile, nothing is left when the command ends", { skip: skipEarly }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["true"] } });
  bundle.config.linux.resources = { cpu: { shares: 1 } };
  bundle.save();
  for (const command of ["create", "run"]) {
    const { code, stderr, lines } = await traced(scratch, ["--root", runtime.root, command, "--bundle", bundle.dir, scratch.id()]);
    assert.equal(code, 1);
    assert.match(stderr, /config\.json:\d+:\d+ \/linux\/resources\/cpu\/shares: the minimum allowed cpu-shares is 2/);
    // The runtime is the first that strace sees; it sees init as the runtime does.
    const first = /^\d+/.exec(lines[0] ?? "")?.[0] ?? "";
    const init = /= (\d+)$/.exec(lines.find(isInit) ?? "")?.[1] ?? "";
    const end = (pid: string): number => lines.findIndex((line) => new RegExp(`^${pid} +\\+\\+\\+ `).test(line));
    assert.ok(init !== "" && end(init) >= 0 && end(init) < end(first), lines.join("\n"));
    assert.deepEqual(existsSync(runtime.root) ? readdirSync(runtime.root) : [], []);
  }
});
