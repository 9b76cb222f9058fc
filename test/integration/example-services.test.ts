// The examples that need more than a call of `run`: what is measured from outside, and what is served over a network.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, readdirSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeDebianRootfs, makeRootfs } from "../../scripts/lib/rootfs.mjs";
import { runCommand, sleep, waitUntil } from "../support/command.js";
import { cgroupFiles } from "../support/cgroups.js";
import { assertNothingLeft } from "../support/leaks.js";
import { holdNamespaces } from "../support/namespaces.js";
import { outDirectory, sourceRoot } from "../support/paths.js";
import { findProgram, needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();
const skipNetwork = skip || (findProgram("ip") === undefined && "needs the program ip (Debian package iproute2)");

function copyExample(name: string, scratch: Scratch): string {
  const bundle = scratch.path(name);
  mkdirSync(bundle);
  cpSync(join(sourceRoot, "bundle-examples", name, "config.json"), join(bundle, "config.json"));
  return bundle;
}

async function sh(script: string): Promise<string> {
  const { code, stdout, stderr } = await runCommand("sh", ["-ec", script]);
  assert.equal(code, 0, `${script}\n${stdout}${stderr}`);
  return stdout;
}

interface Used {
  /** Processor time of the container's cgroup. */
  readonly microseconds: number;
  /** Periods in which it had used up its quota. */
  readonly throttled: number;
}

/** undefined: its cgroups are not all there yet. */
function usedBy(id: string): Used | undefined {
  const read = (name: string, pattern: RegExp): number | undefined => {
    const found = cgroupFiles(id, name).flatMap((file) => pattern.exec(readFileSync(file, "utf8")) ?? []);
    return found.length === 0 ? undefined : Number(found[1]);
  };
  const throttled = read("cpu.stat", /^nr_throttled (\d+)$/m);
  const nanoseconds = read("cpuacct.usage", /^(\d+)$/m);
  const microseconds = nanoseconds === undefined ? read("cpu.stat", /^usage_usec (\d+)$/m) : nanoseconds / 1000;
  return microseconds === undefined || throttled === undefined ? undefined : { microseconds, throttled };
}

test("cpu-quota: a busy loop gets a fifth of a processor, by its own clock and by the host's", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const bundle = copyExample("cpu-quota", scratch);
  makeRootfs(join(bundle, "rootfs"));
  const runtime = scratch.runtime();
  const id = scratch.id();
  const running = runtime.run(["run", "--bundle", bundle, id]);
  await waitUntil("it runs", () => (usedBy(id)?.microseconds ?? 0) > 20_000);
  const began = performance.now();
  const before = usedBy(id);
  let [ended, after] = [began, before];
  for (let now = before; now !== undefined && ended - began < 3000; now = usedBy(id)) {
    [ended, after] = [performance.now(), now];
    await sleep(100);
  }
  const { code, stdout, stderr } = await running;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.ok(before !== undefined && after !== undefined);
  const share = (after.microseconds - before.microseconds) / 10 / (ended - began);
  // A processor that others want, too, may leave it less: then it is not throttled in each period of 100 ms.
  const least = 15 * Math.min(1, (after.throttled - before.throttled) / ((ended - began) / 100));
  const [, inside = ""] = /^busy loop: (\d+) % of a processor\nthrottled: nr_throttled [1-9]\d*\n$/.exec(stdout) ?? [];
  for (const percent of [share, Number(inside)]) assert.ok(percent >= least && percent <= 25, `${percent} %, at least ${least}, ${stdout}`);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("uts: a name of its own, and the host keeps its name", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const bundle = copyExample("uts", scratch);
  makeRootfs(join(bundle, "rootfs"));
  const runtime = scratch.runtime();
  const before = hostname();
  const { stdout } = await runtime.ok(["run", "--bundle", bundle, scratch.id()]);
  const [started, renamed, namespace] = stdout.trim().split("\n");
  assert.deepEqual([started, renamed], ["started as: uts, domain example.org", "renamed to: renamed"]);
  assert.match(namespace ?? "", /^uts:\[\d+\]$/);
  assert.notEqual(namespace, readlinkSync("/proc/self/ns/uts"));
  assert.equal(hostname(), before);
});

/** Each path below with its kind, mode, size, time of change and content. */
function contents(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .sort()
    .map((path) => {
      const status = statSync(join(directory, path), { throwIfNoEntry: false });
      const text = status?.isFile() === true ? readFileSync(join(directory, path)).toString("base64").slice(0, 200) : "";
      return `${path} ${status?.mode} ${status?.size} ${status?.mtimeMs} ${text}`;
    });
}

test("overlay: what the container changes is in the upper layer, the three lower ones are as before", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const bundle = copyExample("overlay", scratch);
  const layers = ["1", "2", "3"].map((name) => join(bundle, name));
  makeRootfs(layers[0] ?? "");
  for (const [index, layer] of layers.entries()) {
    mkdirSync(join(layer, "etc"), { recursive: true });
    writeFileSync(join(layer, `etc/layer-${index + 1}`), `of layer ${index + 1}\n`);
  }
  const before = layers.map(contents);
  const options = `lowerdir=${[...layers].reverse().join(":")},upperdir=${bundle}/upper,workdir=${bundle}/work`;
  await sh(`cd ${bundle}; mkdir upper work rootfs; mount -t overlay -o ${options} overlay rootfs`);
  const runtime = scratch.runtime();
  const { stdout } = await runtime.ok(["run", "--bundle", bundle, scratch.id()]);
  await sh(`umount ${bundle}/rootfs`);
  assert.equal(stdout, "of layer 1\nof layer 2\nof layer 3\nin /etc now: layer-1 layer-3 , /etc/layer-1 is changed\n");
  assert.deepEqual(layers.map(contents), before);
  assert.equal(readFileSync(join(bundle, "upper/etc/layer-1"), "utf8"), "changed\n");
  const whiteout = statSync(join(bundle, "upper/etc/layer-2"));
  assert.deepEqual([whiteout.isCharacterDevice(), whiteout.rdev], [true, 0]);
  assert.ok(statSync(join(bundle, "upper/srv/new")).isDirectory());
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

/** Creates the example, ties it to a network namespace that stands for the host's by a veth pair, starts it, gets `/` from there. */
async function serve(t: TestContext, scratch: Scratch, bundle: string, check: (page: string) => void): Promise<void> {
  const runtime = scratch.runtime();
  const id = scratch.id();
  const host = await holdNamespaces();
  t.after(host.end);
  const created = await runtime.create(id, bundle);
  assert.equal(created.code, 0);
  const { pid } = await runtime.state(id);
  const onHost = (command: string): string => `nsenter --net=${host.path("net")} ${command}`;
  const inside = (command: string): string => `nsenter --net --target ${pid} ${command}`;
  await sh(`${onHost(`ip link add web0 type veth peer name eth0 netns ${pid}`)}
    ${onHost("ip addr add 10.88.77.1/24 dev web0")}; ${onHost("ip link set web0 up")}
    ${inside("ip addr add 10.88.77.2/24 dev eth0")}; ${inside("ip link set eth0 up")}`);
  await runtime.ok(["start", id]);
  // Debian's static busybox has a wget that crashes where it looks up a name.
  const client = ["busybox", "nc", "-w", "5", "10.88.77.2", "80"];
  const get = () => runCommand("nsenter", [`--net=${host.path("net")}`, ...client], { input: "GET / HTTP/1.0\r\n\r\n" });
  await waitUntil("the server answers", async () => (await get()).stdout.startsWith("HTTP/1.1 200 OK\r\n"), 20_000);
  check((await get()).stdout.split("\r\n\r\n")[1] ?? "");
  await runtime.ok(["kill", id, "KILL"]);
  await runtime.waitFor(id, "stopped");
  await runtime.ok(["delete", id]);
  await assertNothingLeft(scratch.marker, [runtime.root]);
}

test("httpd: busybox serves a page over a veth pair", { skip: skipNetwork }, async (t) => {
  const scratch = new Scratch(t);
  const bundle = copyExample("httpd", scratch);
  makeRootfs(join(bundle, "rootfs"));
  writeFileSync(join(bundle, "rootfs/srv/index.html"), "hello from the container\n");
  await serve(t, scratch, bundle, (page) => assert.equal(page, "hello from the container\n"));
});

test("nginx: Debian's package serves its page over a veth pair", { skip: skipNetwork }, async (t) => {
  const problem = makeDebianRootfs(join(outDirectory, "rootfs/nginx"), ["nginx-light"]);
  if (problem !== undefined) return t.skip(problem);
  const scratch = new Scratch(t);
  const bundle = copyExample("nginx", scratch);
  // The rootfs is read-only for the container: the one that is kept can be used as it is.
  const path = join(bundle, "config.json");
  const config = JSON.parse(readFileSync(path, "utf8")) as { root: { path: string } };
  config.root.path = join(outDirectory, "rootfs/nginx");
  writeFileSync(path, JSON.stringify(config));
  await serve(t, scratch, bundle, (page) => assert.match(page, /<title>Welcome to nginx!<\/title>/));
});
