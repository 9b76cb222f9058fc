// linux.netDevices: a veth pair of a network namespace of the test's own goes into containers, and comes back when `create` fails.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test, type TestContext } from "node:test";
import type { TestConfig } from "../support/config.js";
import { assertNothingLeft } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";
import { runCommand, waitUntil } from "../support/command.js";

const skip = needsContainers("ip", "nsenter", "unshare");

/** The runtime's own network namespace: a process that only holds it. */
async function network(t: TestContext) {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const holder = execFileSync("unshare", ["-n", "sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"], { encoding: "utf8" }).trim();
  t.after(() => process.kill(Number(holder), "SIGKILL"));
  const inside = (...command: string[]) => runCommand("nsenter", [`--net=/proc/${holder}/ns/net`, ...command]);
  const ip = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await inside("ip", ...line.split(" "));
    assert.equal(code, 0, `ip ${line}: ${stderr}`);
    return stdout;
  };
  await ip("link add th7a type veth peer name th7b");
  await ip("link set th7a mtu 1400 address 02:00:00:00:00:07");
  await ip("addr add 10.77.0.2/24 broadcast 10.77.0.255 dev th7a");
  await ip("addr add 10.78.0.1 peer 10.78.0.2/32 dev th7a");
  await ip("addr add 10.79.0.1/24 valid_lft 1000 preferred_lft 1000 dev th7a");
  await ip("addr add 2001:db8:7::2/64 nodad dev th7a");
  await ip("link set th7a up");
  const run = (args: string[], change: (config: TestConfig) => void = () => undefined) => {
    const bundle = scratch.makeBundle((config) => {
      config.process.args = ["sh", "-c", "ip addr; cat /proc/sys/net/ipv4/conf/*/forwarding | wc -l"];
      change(config);
    });
    return inside(runtime.path, "--root", runtime.root, ...args, "--bundle", bundle.dir, scratch.id());
  };
  return { scratch, runtime, inside, ip, run };
}

/** "10.77.0.2/24 brd 10.77.0.255 scope global NAME" and the like: without lifetimes, which busybox does not print. */
const addresses = (text: string): string[] =>
  [...text.matchAll(/^ +inet6? (.*?)(?: noprefixroute| nodad| flags 02| valid_lft.*)* *$/gm)]
    .map(([, line = ""]) => line.replace(/ +/g, " "))
    .sort();

test("renamed, with MTU, hardware address and permanent global addresses; up", { skip }, async (t) => {
  const { run, ip, scratch, runtime } = await network(t);
  const { code, stdout, stderr } = await run(["run"], (config) => (config.linux.netDevices = { th7a: { name: "ceth0" } }));
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /ceth0@\S+: <[^>]*\bUP\b[^>]*> mtu 1400/);
  assert.match(stdout, /link\/ether 02:00:00:00:00:07/);
  const found = addresses(stdout).filter((line) => !/^(127|::1|fe80)/.test(line));
  assert.deepEqual(found, [
    "10.77.0.2/24 brd 10.77.0.255 scope global ceth0",
    "10.78.0.1 peer 10.78.0.2/32 scope global ceth0",
    "2001:db8:7::2/64 scope global",
  ]);
  // With the container a virtual device is gone, and so is its peer: that is the kernel's part.
  await waitUntil("the devices are gone", async () => !(await ip("link")).includes("th7"));
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("without a name as it is; a template gets a number", { skip }, async (t) => {
  const { run } = await network(t);
  const { code, stdout, stderr } = await run(["run"], (config) => (config.linux.netDevices = { th7a: {}, th7b: { name: "net%d" } }));
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /\bth7a@net0: .*\bUP\b/);
  assert.match(stdout, /\bnet0@th7a: .*\bUP\b/);
});

test("a create that fails later gives it back as it was", { skip }, async (t) => {
  const { run, ip, scratch, runtime } = await network(t);
  const before = await ip("addr show dev th7a");
  const { code, stderr } = await run(["create"], (config) => {
    config.linux.netDevices = { th7a: { name: "ceth0" } };
    config.process.args = ["/nosuch"];
  });
  assert.equal(code, 1);
  assert.match(stderr, /stat \/nosuch: no such file or directory/);
  const state = (text: string) => [/<(.*)> mtu (\d+)/.exec(text)?.slice(1), addresses(text).filter((line) => !/^(fe80|10\.79)/.test(line))];
  assert.deepEqual(state(await ip("addr show dev th7a")), state(before));
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("refused: no such device, a name that is taken, lo; each leaves all devices where they were", { skip }, async (t) => {
  const { run, ip } = await network(t);
  const before = await ip("addr");
  const cases: [object, RegExp][] = [
    [
      { missing0: {} },
      /net-devices\/missing0 \(config\.json:\d+:\d+ \/linux\/netDevices\/missing0\): netlink\(RTM_GETLINK, .*missing0.*ENODEV/,
    ],
    [{ th7a: { name: "lo" } }, /net-devices\/th7a .*IFLA_IFNAME .*EEXIST .*\[hint: the container has a device of this name/],
    [{ lo: { name: "lo1" } }, /net-devices\/lo .*: E(INVAL|OPNOTSUPP) /],
    // The first of the two is back again.
    [{ th7a: { name: "ceth0" }, th7b: { name: "lo" } }, /net-devices\/th7b .*EEXIST/],
  ];
  for (const [netDevices, text] of cases) {
    const { code, stderr } = await run(["create"], (config) => (config.linux.netDevices = netDevices));
    assert.equal(code, 1);
    assert.match(stderr, text);
    const names = (addr: string) => [...addr.matchAll(/^\d+: ([^:]+):/gm)].map(([, name]) => name).sort();
    assert.deepEqual(names(await ip("addr")), names(before));
  }
});

test("refused: the network namespace of the runtime, by its path", { skip }, async (t) => {
  const { run, ip } = await network(t);
  const { code, stderr } = await run(["create"], (config) => {
    config.linux.netDevices = { th7a: { name: "ceth0" } };
    config.linux.namespaces = config.linux.namespaces.map((one: { type: string }) =>
      one.type === "network" ? { ...one, path: "/proc/thread-self/ns/net" } : one,
    );
  });
  assert.equal(code, 1);
  assert.match(stderr, /unable to move network devices: the container is in the runtime's network namespace/);
  assert.match(await ip("link"), /th7a@th7b/);
});
