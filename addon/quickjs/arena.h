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

// Null with errno: no memory.
Roots* create_arena();

extern const JSMallocFunctions kMallocFunctions;

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

}  // namespace tsrunc::quickjs
