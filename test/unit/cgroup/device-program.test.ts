// The eBPF program of v2 against a plain model of security/device_cgroup.c, over many rule lists and every kind of request.
import assert from "node:assert/strict";
import { test } from "node:test";
import { allowsEverything, deviceProgram, deviceRules } from "../../../src/cgroup/devices.js";
import type { DeviceState } from "../../../src/cgroup/device-state.js";
import type { DeviceRule } from "../../../src/cgroup/resources.js";
import { TsruncError } from "../../../src/errors/errors.js";
import { Random } from "../../support/random.js";

interface Request {
  readonly type: "b" | "c";
  readonly major: number;
  readonly minor: number;
  /** 1 mknod, 2 read, 4 write */
  readonly access: number;
}

/** As much of an eBPF machine as the programs use; anything else is an error, as is running on past the end. */
function run(program: Uint8Array, { type, major, minor, access }: Request): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const context = [(access << 16) | (type === "b" ? 1 : 2), major, minor];
  const registers: (bigint | undefined)[] = new Array<bigint | undefined>(11).fill(undefined);
  registers[1] = 0n;
  let contextHeld = true;
  const get = (index: number): bigint => registers[index] ?? assert.fail(`r${index} is read before it is set`);
  for (let at = 0, steps = 0; ; at += 8, steps += 1) {
    assert.ok(at < program.length, "fell off the end");
    assert.ok(steps < program.length, "no loops");
    const code = view.getUint8(at);
    const to = view.getUint8(at + 1) & 15;
    const from = view.getUint8(at + 1) >> 4;
    const offset = view.getInt16(at + 2, true);
    const value = BigInt.asUintN(64, BigInt(view.getInt32(at + 4, true)));
    if (to === 1) contextHeld = false;
    switch (code) {
      case 0x61: {
        assert.ok(from === 1 && contextHeld, "only the context is read");
        registers[to] = BigInt(context[offset / 4] ?? assert.fail("read beyond the context"));
        break;
      }
      case 0xbf: {
        registers[to] = get(from);
        break;
      }
      case 0xb7: {
        registers[to] = value;
        break;
      }
      case 0x57: {
        registers[to] = get(to) & value;
        break;
      }
      case 0x77: {
        registers[to] = get(to) >> value;
        break;
      }
      case 0x55: {
        if (get(to) !== value) at += offset * 8;
        break;
      }
      case 0x15: {
        if (get(to) === value) at += offset * 8;
        break;
      }
      case 0x95: {
        return Number(get(0));
      }
      default: {
        assert.fail(`unknown opcode ${code.toString(16)}`);
      }
    }
  }
}

/** __devcgroup_check_permission, word for word. */
function model(state: DeviceState, request: Request): number {
  const same = state.exceptions.filter(
    ({ type, major, minor }) =>
      type === request.type && (major === -1 || major === request.major) && (minor === -1 || minor === request.minor),
  );
  if (state.allowed) return same.some(({ access }) => (access & request.access) !== 0) ? 0 : 1;
  return same.some(({ access }) => (request.access & ~access) === 0) ? 1 : 0;
}

const numbers = [0, 1, 3, 5, 10, 136, 200, 229, 4095, 1048575];

function requests(): Request[] {
  return (["b", "c"] as const).flatMap((type) =>
    numbers.flatMap((major) => numbers.flatMap((minor) => [0, 1, 2, 3, 4, 5, 6, 7].map((access) => ({ type, major, minor, access })))),
  );
}

function agrees(rules: readonly DeviceRule[] | undefined): void {
  const state = deviceRules(rules);
  const program = deviceProgram(state);
  for (const request of requests()) {
    const wanted = model(state, request);
    if (run(program, request) !== wanted) assert.fail(`${JSON.stringify(rules)}: ${JSON.stringify(request)} should be ${wanted}`);
  }
}

const denyAll: DeviceRule = { allow: false, access: "rwm" };
const allowAll: DeviceRule = { allow: true, access: "rwm" };

test("the defaults alone", () => agrees(undefined));
test("everything", () => {
  agrees([allowAll]);
  assert.deepEqual([...deviceProgram(deviceRules([allowAll]))], [0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
});
test("Docker's list", () =>
  agrees([
    denyAll,
    { allow: true, type: "c", major: 1, minor: 5, access: "rwm" },
    { allow: true, type: "c", major: 5, minor: 1, access: "rwm" },
    { allow: false, type: "c", major: 10, minor: 229, access: "rwm" },
    { allow: true, type: "c", major: 1, minor: 9, access: "r" },
  ]));
test("exceptions to everything", () =>
  agrees([allowAll, { allow: false, type: "b", access: "w" }, { allow: false, type: "c", major: 229, minor: 3, access: "rm" }]));

test("what a request asks for must be in one exception, as in v1", () => {
  const state = deviceRules([
    { allow: true, type: "b", major: 3, access: "r" },
    { allow: true, type: "b", major: 3, minor: 1, access: "w" },
  ]);
  const ask = (access: number) => run(deviceProgram(state), { type: "b", major: 3, minor: 1, access });
  assert.deepEqual([2, 4, 6].map(ask), [1, 1, 0]);
});

test("random lists", () => {
  const random = new Random(12345);
  let compared = 0;
  for (let round = 0; round < 300; round += 1) {
    const rules = Array.from({ length: 1 + random.below(8) }, (): DeviceRule => ({
      allow: random.once(2),
      type: random.pick(["a", "b", "c", "b", "c", "c"]),
      major: random.pick([-1, ...numbers]),
      minor: random.pick([-1, -1, ...numbers]),
      access: random.pick(["r", "w", "m", "rw", "rwm", "wm"]),
    }));
    try {
      deviceRules(rules);
    } catch (error) {
      // A hole in a wildcard: no state, no program.
      assert.ok(error instanceof TsruncError, String(error));
      continue;
    }
    if (!allowsEverything(deviceRules(rules))) compared += 1;
    agrees(rules);
  }
  assert.ok(compared > 60, `only ${compared} lists were worth comparing`);
});
