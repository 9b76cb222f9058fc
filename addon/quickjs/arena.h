// The memory of the engine. While the bundle's top level runs at build time, all of it comes from one region at a fixed address, the
// arena, so that its bytes can be written into the executable and mapped back by the kernel (docs/adr/0008-static-host.md). Later, and
// in an executable without a snapshot, it grows beyond that anywhere.
#pragma once

#include <quickjs.h>

#include <cstddef>
#include <cstdint>

namespace tsrunc::quickjs {

// Not far from text and data, so that the kernel needs one page table more and not a whole branch of them.
constexpr uintptr_t kArenaBase = 0x10000000;
constexpr size_t kArenaSize = 16u << 20;

// What outlives the snapshot beside the heap itself: the first thing in the arena.
struct Roots {
  JSRuntime* runtime;
  JSContext* context;
  // The function that makes errors of failed system calls, and what host.start was given.
  JSValue make_error;
  JSValue main;
  JSValue uint8_array;
};

// What this executable was mapped with; null: it has no snapshot.
Roots* mapped_roots();

// Blocks that are taken one after the other, and those that are free again, by their sizes.
struct Free {
  Free* next;
};
constexpr size_t kSizeClasses = 104;
struct Area {
  char* bump;
  char* end;
  Free* free[kSizeClasses];
};

// While a snapshot is made: where its blocks go (layout.h). A block's number is how many were made before it.
constexpr uint32_t kMostBlocks = 4u << 20;
struct Layout {
  uint32_t made;
  uint32_t* numbers;  // of the block at each 16 bytes of the arena; null: they are not wanted
  // Blocks that commands write to have pages of their own, the first ones. By number; null: none is known.
  const uint8_t* written;
  Area area;
  // A command is tried out: its blocks have no numbers, and it gets none of the snapshot's, whose writes would be another's.
  bool rehearsal;
};

// Reserves the arena. `written_size`: of layout's own area. Null with errno: no memory.
Roots* create_arena(Layout* layout, size_t written_size);
void drop_arena();

extern const JSMallocFunctions kMallocFunctions;

// The pages that every command writes to, at the beginning of the snapshot and behind it, in two calls instead of one fault each. Of all of
// it that would be 0.5 ms. Nothing where the kernel cannot (before 5.14).
void populate();

// The same blocks for C++ (runtime.cc). Null: no memory.
void* take_block(size_t wanted);
void release_block(void* block);

// Ends the arena at the next page; what is allocated from then on is not part of it. Freed blocks inside are not reused: memory
// that no page of the file backs is cheaper to write to.
struct Span {
  const void* begin;
  size_t size;
};
Span seal_arena();

// From here on, null: no more.
void set_layout(Layout* layout);

// The blocks of the arena in the order of their addresses: from first_block() to end_of_blocks(), without gaps while nothing is placed.
struct Block {
  const char* begin;
  size_t size;
};
const char* first_block();
Block block_at(const char* at);
const char* end_of_blocks();

}  // namespace tsrunc::quickjs
