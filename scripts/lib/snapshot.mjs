// Puts the heap that the stage wrote into the executable that wrote it, as one more segment: the kernel maps it at exec, private and
// writable, and pages are copied when they are written to. As it is the same executable, not another link of the same objects, every
// address of text and data that the heap holds is right.
const PAGE = 4096n;
const PT_LOAD = 1;
const PT_NOTE = 4;
const PF_RW = 6;
const PHDR_SIZE = 56;

/** addon/quickjs/arena.h and arena.cc: kArenaBase, kTail. */
const ARENA_BASE = 0x10000000n;
const TAIL = 1n << 20n;

const roundUp = (value, to) => (value + to - 1n) & ~(to - 1n);

function headerOf(elf) {
  const isElf64 = elf.readUInt32BE(0) === 0x7f454c46 && elf[4] === 2 && elf[5] === 1;
  if (!isElf64 || elf.readUInt16LE(16) !== 2)
    throw new Error("the stage is not an executable for a fixed address (ELF64, little endian, ET_EXEC)");
  return { offset: Number(elf.readBigUInt64LE(32)), size: elf.readUInt16LE(54), count: elf.readUInt16LE(56) };
}

function programHeaders(elf) {
  const { offset, size, count } = headerOf(elf);
  if (size !== PHDR_SIZE) throw new Error(`program headers of ${size} bytes`);
  return Array.from({ length: count }, (_, index) => Buffer.from(elf.subarray(offset + index * size, offset + (index + 1) * size)));
}

function segment(offset, size) {
  const header = Buffer.alloc(PHDR_SIZE);
  header.writeUInt32LE(PT_LOAD, 0);
  header.writeUInt32LE(PF_RW, 4);
  header.writeBigUInt64LE(offset, 8);
  header.writeBigUInt64LE(ARENA_BASE, 16);
  header.writeBigUInt64LE(ARENA_BASE, 24);
  header.writeBigUInt64LE(size, 32);
  header.writeBigUInt64LE(size + TAIL, 40);
  header.writeBigUInt64LE(PAGE, 48);
  return header;
}

/** `elf` with `heap` mapped at ARENA_BASE. A note (the compiler's list of CPU features, which the kernel does not ask for) gives its header. */
export function addSnapshot(elf, heap) {
  const headers = programHeaders(elf);
  const kind = (header) => header.readUInt32LE(0);
  const spare = headers.findIndex((header) => kind(header) === PT_NOTE);
  if (spare < 0) throw new Error("the stage has no note whose program header could be used");
  const loads = headers.filter((header) => kind(header) === PT_LOAD);
  const end = loads.reduce((last, header) => {
    const stop = header.readBigUInt64LE(16) + header.readBigUInt64LE(40);
    return stop > last ? stop : last;
  }, 0n);
  if (end > ARENA_BASE) throw new Error("the stage's own segments reach into the arena");
  const at = roundUp(BigInt(elf.length), PAGE);
  headers.splice(spare, 1);
  // Segments come in the order of their addresses.
  const last = headers.findLastIndex((header) => kind(header) === PT_LOAD);
  headers.splice(last + 1, 0, segment(at, BigInt(heap.length)));
  const result = Buffer.alloc(Number(at) + heap.length);
  elf.copy(result);
  Buffer.concat(headers).copy(result, headerOf(elf).offset);
  heap.copy(result, Number(at));
  return result;
}
