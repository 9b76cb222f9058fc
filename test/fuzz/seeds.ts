// What the readers of the C++ side get in earnest, as files that libFuzzer starts from.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resourceProperties, tokens } from "../../src/cgroup/unit-properties.js";
import type { Config } from "../../src/spec/config.js";
import { goMessage, planHead } from "../../src/plan/wire.js";
import { Random } from "../support/random.js";
import { configSeeds } from "./corpus.js";
import { configTarget, type Wire } from "./targets/config.js";

/** Of the first step of a blob the code and the fields, and so on (docs/protocol.md, "The plan blob"). */
function steps(blob: Uint8Array): Uint8Array[] {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 12; at < blob.length; at += 4 + view.getUint32(at, true)) {
    const code = blob.slice(at + 4, at + 6);
    let fields = at + 12;
    fields += 4 + view.getUint32(fields, true);
    fields += 4 + 4 * view.getUint32(fields, true);
    found.push(Uint8Array.of(...code, ...blob.slice(fields + 4, fields + 4 + view.getUint32(fields, true))));
  }
  return found;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function netlink(): Uint8Array[] {
  const message = (type: number, body: readonly number[]) => [16 + body.length, 0, 0, 0, type, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, ...body];
  const name = [9, 0, 3, 0, 101, 116, 104, 48, 0, 0, 0, 0];
  const link = message(16, [0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, ...name]);
  const address = message(20, [2, 24, 128, 0, 2, 0, 0, 0, 8, 0, 2, 0, 10, 0, 0, 1, 8, 0, 8, 0, 128, 0, 0, 0]);
  return [Uint8Array.from(link), Uint8Array.from(address), Uint8Array.from([...link, ...address, ...message(3, [0, 0, 0, 0])])];
}

/** Plans of that many configurations, real and mutated ones. */
export function makeWires(plans: number): Wire[] {
  const wires: Wire[] = [];
  const target = configTarget((wire) => wires.push(wire));
  for (let index = 0; wires.length < plans; index++) {
    const random = Random.of(1, index);
    target.examine(target.make(random), random);
  }
  return wires;
}

/** What the C++ side must take, by the name of the target. */
export function goodInputs(wires: readonly Wire[]): Record<"plan" | "seccomp", Uint8Array[]> {
  return { plan: wires.map(({ blob }) => blob), seccomp: [...new Set(wires.flatMap(({ seccomp }) => seccomp))].map(bytes) };
}

/** What libFuzzer starts from, by the name of the target. */
export function nativeSeeds(wires: readonly Wire[]): Record<string, Uint8Array[]> {
  const blobs = wires.map(({ blob }) => blob).filter(({ length }) => length < 16_384);
  const properties = configSeeds().flatMap(({ value }) => {
    const resources = (value as Config).linux?.resources;
    return resources === undefined ? [] : ([1, 2] as const).map((version) => tokens(resourceProperties(resources, version)).join("\n"));
  });
  const options = configSeeds().flatMap(({ value }) => (value as Config).mounts?.map((mount) => (mount.options ?? []).join(",")) ?? []);
  return {
    plan: blobs,
    step: blobs.slice(0, 10).flatMap(steps),
    message: [goMessage(42, [1, 2]), Uint8Array.of(...planHead({ umask: 18, preserveFds: 1, hostPid: 3 }, [1, 63], 3), 1, 2, 3)],
    channel: [Uint8Array.of(2, ...goMessage(42, [1, 2])), Uint8Array.of(0, ...goMessage(0, []))],
    notify: ["READY=1\nSTATUS=a\nMAINPID=1\n", "BARRIER=1", "FDSTORE=1\nFDNAME=a\nX=1"].map((text) => bytes(`\u0001${text}`)),
    seccomp: [...new Set(wires.flatMap(({ seccomp }) => seccomp))].filter(({ length }) => length < 4096).map(bytes),
    netlink: netlink(),
    mountinfo: readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .slice(0, 20)
      .map((line) => bytes(`${line}\n`)),
    passwd: [bytes("root:x:0:0:root:/root:/bin/sh\n"), bytes("a:x:33:33::/home/a:\nb:x:4294967295:0:::\n")],
    options: [...new Set([...options, 'context="a:b:c,d",ro,a\\,b=c'])].map(bytes),
    utf8: ["é€😀", "\u0000a"].map(bytes).concat([Uint8Array.of(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80)]),
    systemd: [...new Set(properties)].filter((text) => text !== "").map((text) => bytes(`\u0000${text}\n`)),
  };
}

/** DIRECTORY/TARGET/NUMBER, nothing else in DIRECTORY. */
export function writeSeeds(directory: string, seeds: Readonly<Record<string, readonly Uint8Array[]>>): void {
  rmSync(directory, { recursive: true, force: true });
  for (const [target, list] of Object.entries(seeds)) {
    mkdirSync(join(directory, target), { recursive: true });
    list.forEach((seed, index) => writeFileSync(join(directory, target, String(index)), seed));
  }
}
