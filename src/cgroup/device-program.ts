// The device rules as an eBPF program for cgroup v2 (BPF_PROG_TYPE_CGROUP_DEVICE).
import { type DeviceException, type DeviceState, anyNumber } from "./device-state.js";

// struct bpf_cgroup_dev_ctx: access in the upper and type in the lower half of one word, then the numbers.
const contextWord = 0;
const contextMajor = 4;
const contextMinor = 8;
const types = { b: 1, c: 2 } as const;

// Opcodes (linux/bpf.h). Comparisons are those of 64 bits: JMP32 came with Linux 5.1 only.
const loadWord = 0x61; // BPF_LDX | BPF_W | BPF_MEM
const move = 0xbf; // BPF_ALU64 | BPF_MOV | BPF_X
const moveImmediate = 0xb7; // BPF_ALU64 | BPF_MOV | BPF_K
const andImmediate = 0x57; // BPF_ALU64 | BPF_AND | BPF_K
const shiftRight = 0x77; // BPF_ALU64 | BPF_RSH | BPF_K
const jumpUnequal = 0x55; // BPF_JMP | BPF_JNE | BPF_K
const jumpEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const exit = 0x95; // BPF_JMP | BPF_EXIT

const result = 0;
const scratch = 1; // the context, until its words are loaded
const type = 2;
const access = 3;
const major = 4;
const minor = 5;

interface Instruction {
  readonly code: number;
  readonly to: number;
  readonly from: number;
  readonly offset: number;
  readonly value: number;
}

function insn(code: number, to: number, value = 0, from = 0, offset = 0): Instruction {
  return { code, to, from, offset, value };
}

/** struct bpf_insn[] for a little-endian host; it returns 1 to allow and 0 to deny, as the v1 controller would decide. */
export function deviceProgram(state: DeviceState): Uint8Array {
  const head = [
    insn(loadWord, type, 0, scratch, contextWord),
    insn(move, access, 0, type),
    insn(shiftRight, access, 16),
    insn(andImmediate, type, 0xffff),
    insn(loadWord, major, 0, scratch, contextMajor),
    insn(loadWord, minor, 0, scratch, contextMinor),
  ];
  const body = state.exceptions.flatMap((exception) => block(exception, state.allowed));
  const code = [...(body.length > 0 ? head : []), ...body, insn(moveImmediate, result, state.allowed ? 1 : 0), insn(exit, 0)];
  return encode(code);
}

/** One exception: answers when it matches, else goes on behind itself. */
function block(exception: DeviceException, allowed: boolean): Instruction[] {
  const tests: ((rest: number) => Instruction)[] = [(rest) => insn(jumpUnequal, type, types[exception.type], 0, rest)];
  if (exception.major !== anyNumber) tests.push((rest) => insn(jumpUnequal, major, exception.major, 0, rest));
  if (exception.minor !== anyNumber) tests.push((rest) => insn(jumpUnequal, minor, exception.minor, 0, rest));
  tests.push(() => insn(move, scratch, 0, access));
  if (allowed) {
    // Denied as soon as any of the access asked for is.
    tests.push(() => insn(andImmediate, scratch, exception.access));
    tests.push((rest) => insn(jumpEqual, scratch, 0, 0, rest));
  } else {
    // Allowed when this one exception has all of the access asked for.
    tests.push(() => insn(andImmediate, scratch, 7 & ~exception.access));
    tests.push((rest) => insn(jumpUnequal, scratch, 0, 0, rest));
  }
  const answer = [insn(moveImmediate, result, allowed ? 0 : 1), insn(exit, 0)];
  return [...tests.map((test, index) => test(tests.length - 1 - index + answer.length)), ...answer];
}

function encode(code: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(code.length * 8);
  const view = new DataView(bytes.buffer);
  code.forEach((one, index) => {
    const at = index * 8;
    view.setUint8(at, one.code);
    view.setUint8(at + 1, one.to | (one.from << 4));
    view.setInt16(at + 2, one.offset, true);
    // Numbers from 2^31 on would be sign-extended and match nothing; no device has them (MAJOR and MINOR have 12 and 20 bits).
    view.setInt32(at + 4, one.value | 0, true);
  });
  return bytes;
}
