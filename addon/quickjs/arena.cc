#include "quickjs/arena.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <algorithm>
#include <cstring>

namespace tsrunc::quickjs {
namespace {

constexpr size_t kPage = 4096;
// Zeroed memory that the executable's program header adds behind the snapshot (scripts/lib/snapshot.mjs).
constexpr size_t kTail = 1u << 20;
constexpr size_t kChunk = 1u << 20;
constexpr size_t kLargestChunk = 16u << 20;

// Sizes of blocks: steps of 16 up to 1 KiB, then four to each doubling up to 1 MiB. A larger block is a mapping of its own.
constexpr size_t kSmall = 1024;
constexpr size_t kSmallClasses = kSmall / 16;
constexpr size_t kClasses = kSmallClasses + 40;
constexpr unsigned kMapped = 255;
static_assert(kClasses < kMapped);

// Before each block, at 8 modulo 16, so that the block itself is aligned to 16.
struct Header {
  uint64_t size : 56;       // of the block with its header
  uint64_t size_class : 8;  // kMapped: a mapping of its own, which begins 8 bytes before
};
constexpr size_t kMappedOffset = 8;

struct Free {
  Free* next;
};

// Blocks are taken one after the other, from `bump` to `end`, but for those of the same size that are free again.
struct State {
  Roots roots;
  size_t chunk;
  char* bump;
  char* end;
  Free* free[kClasses];
};

State& state() { return *reinterpret_cast<State*>(kArenaBase); }

size_t round_up(size_t value, size_t to) { return (value + to - 1) & ~(to - 1); }

struct Class {
  size_t index;
  size_t size;
};

Class small_class_of(size_t size) {
  const size_t rounded = round_up(size, 16);
  return {rounded / 16 - 1, rounded};
}

Class large_class_of(size_t size) {
  const int log = 63 - __builtin_clzll(size - 1);
  const size_t step = size_t{1} << (log - 2);
  const size_t rounded = round_up(size, step);
  // (rounded - 2^log) / step is 1 to 4.
  return {kSmallClasses + static_cast<size_t>(log - 10) * 4 + ((rounded - (size_t{1} << log)) / step - 1), rounded};
}

// `size` with the header.
Class class_of(size_t size) { return size <= kSmall ? small_class_of(size) : large_class_of(size); }

bool is_mapped(size_t size) { return size > (1u << 20); }

Header* header_of(const void* block) { return static_cast<Header*>(const_cast<void*>(block)) - 1; }

void* map(size_t size) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

bool grow(size_t size) {
  State& all = state();
  const size_t chunk = std::max(all.chunk, round_up(size + sizeof(Header), kPage));
  char* memory = static_cast<char*>(map(chunk));
  if (!memory) return false;
  all.bump = memory + sizeof(Header);
  all.end = memory + chunk;
  all.chunk = std::min(all.chunk * 2, kLargestChunk);
  return true;
}

void* make_block(void* memory, size_t size, size_t size_class) {
  // One store: to keep bits of what was there would be a read, for which the kernel maps a page of zeroes that the write then replaces.
  const uint64_t header = size | static_cast<uint64_t>(size_class) << 56;
  memcpy(memory, &header, sizeof header);
  return static_cast<Header*>(memory) + 1;
}

// `memory`: a mapping of `size` bytes.
void* make_mapped(void* memory, size_t size) {
  return make_block(static_cast<char*>(memory) + kMappedOffset, size - kMappedOffset, kMapped);
}

void count(JSMallocState* counters, const void* block, int sign) {
  if (sign > 0) {
    ++counters->malloc_count;
    counters->malloc_size += header_of(block)->size;
  } else {
    --counters->malloc_count;
    counters->malloc_size -= header_of(block)->size;
  }
}

// Null: there is none left.
inline void* take(State& all, const Class& wanted) {
  if (Free* block = all.free[wanted.index]) {
    all.free[wanted.index] = block->next;
    return block;
  }
  if (static_cast<size_t>(all.end - all.bump) < wanted.size) return nullptr;
  char* memory = all.bump;
  all.bump += wanted.size;
  return make_block(memory, wanted.size, wanted.index);
}

// `size` with the header.
[[gnu::noinline]] void* take_rare(size_t size) {
  if (is_mapped(size)) {
    const size_t mapped = round_up(size + kMappedOffset, kPage);
    void* memory = map(mapped);
    return memory ? make_mapped(memory, mapped) : nullptr;
  }
  State& all = state();
  const Class found = class_of(size);
  void* block = take(all, found);
  return block || !grow(found.size) ? block : take(all, found);
}

// A `run` takes ten thousand blocks, nearly all of them small and at hand: without a call.
[[gnu::always_inline]] inline void* take_usual(size_t wanted) {
  const size_t size = wanted + sizeof(Header);
  void* block = size <= kSmall ? take(state(), small_class_of(size)) : nullptr;
  return block ? block : take_rare(size);
}

}  // namespace

void* take_block(size_t wanted) { return take_usual(wanted); }

void release_block(void* block) {
  if (!block) return;
  Header* header = header_of(block);
  if (header->size_class == kMapped) {
    ::munmap(reinterpret_cast<char*>(header) - kMappedOffset, header->size + kMappedOffset);
    return;
  }
  State& all = state();
  auto* freed = static_cast<Free*>(block);
  freed->next = all.free[header->size_class];
  all.free[header->size_class] = freed;
}

namespace {

void* allocate(JSMallocState* counters, size_t size) {
  if (size > PTRDIFF_MAX - kPage || counters->malloc_size + size > counters->malloc_limit) return nullptr;
  void* block = take_usual(size);
  if (block) count(counters, block, 1);
  return block;
}

void release(JSMallocState* counters, void* block) {
  if (!block) return;
  count(counters, block, -1);
  release_block(block);
}

// A block at the end of the chunk grows where it is, as strings that are put together do.
bool extend(Header* header, size_t size) {
  State& all = state();
  char* end = reinterpret_cast<char*>(header) + header->size;
  if (end != all.bump || is_mapped(size)) return false;
  const Class wanted = class_of(size);
  if (static_cast<size_t>(all.end - reinterpret_cast<char*>(header)) < wanted.size) return false;
  all.bump = reinterpret_cast<char*>(header) + wanted.size;
  make_block(header, wanted.size, wanted.index);
  return true;
}

void* remap(Header* header, size_t size) {
  const size_t mapped = round_up(size + kMappedOffset, kPage);
  void* moved =
      ::mremap(reinterpret_cast<char*>(header) - kMappedOffset, header->size + kMappedOffset, mapped, MREMAP_MAYMOVE);
  return moved == MAP_FAILED ? nullptr : make_mapped(moved, mapped);
}

void* reallocate(JSMallocState* counters, void* block, size_t wanted) {
  if (!block) return wanted == 0 ? nullptr : allocate(counters, wanted);
  if (wanted == 0) {
    release(counters, block);
    return nullptr;
  }
  Header* header = header_of(block);
  const size_t before = header->size;
  const size_t size = wanted + sizeof(Header);
  if (size <= before && size > before / 2) return block;
  if (wanted > PTRDIFF_MAX - kPage || counters->malloc_size - before + size > counters->malloc_limit) return nullptr;
  if (header->size_class == kMapped && is_mapped(size)) {
    void* moved = remap(header, size);
    if (moved) counters->malloc_size += header_of(moved)->size - before;
    return moved;
  }
  if (header->size_class != kMapped && size > before && extend(header, size)) {
    counters->malloc_size += header->size - before;
    return block;
  }
  void* other = allocate(counters, wanted);
  if (!other) return nullptr;
  memcpy(other, block, std::min(before, size) - sizeof(Header));
  release(counters, block);
  return other;
}

size_t usable_size(const void* block) { return block ? header_of(block)->size - sizeof(Header) : 0; }

}  // namespace

const JSMallocFunctions kMallocFunctions = {allocate, release, reallocate, usable_size};

Roots* mapped_roots() {
  const auto* header = reinterpret_cast<const Elf64_Phdr*>(::getauxval(AT_PHDR));
  const unsigned long count = ::getauxval(AT_PHNUM);
  for (unsigned long i = 0; i < count; ++i) {
    if (header[i].p_type == PT_LOAD && header[i].p_vaddr == kArenaBase) return &state().roots;
  }
  return nullptr;
}

Roots* create_arena() {
  // Never over something that is there already.
  void* wanted = reinterpret_cast<void*>(kArenaBase);
  void* memory = ::mmap(wanted, kArenaSize, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  if (memory != wanted) return nullptr;
  State& all = state();
  all.bump = reinterpret_cast<char*>(round_up(kArenaBase + sizeof(State), 64)) + sizeof(Header);
  all.end = reinterpret_cast<char*>(kArenaBase) + kArenaSize;
  all.chunk = kChunk;
  return &all.roots;
}

Span seal_arena() {
  State& all = state();
  std::fill_n(all.free, kClasses, nullptr);
  const uintptr_t end = round_up(reinterpret_cast<uintptr_t>(all.bump), kPage);
  all.bump = reinterpret_cast<char*>(end) + sizeof(Header);
  all.end = reinterpret_cast<char*>(end) + kTail;
  return {reinterpret_cast<void*>(kArenaBase), end - kArenaBase};
}

}  // namespace tsrunc::quickjs
