// What the compiler expects of libstdc++, which is made for glibc and not linked: memory, and the ends of what cannot go on. No exceptions:
// the process ends with one line, as it does for every other error.
#include <unistd.h>
#include <cstddef>
#include <cstring>
#include <new>

#include "quickjs/arena.h"

namespace {

[[noreturn]] void give_up(const char* what) {
  // One write, without stdio: there may be no memory.
  static const char prefix[] = "tsrunc: internal error: ";
  [[maybe_unused]] ssize_t n = ::write(STDERR_FILENO, prefix, sizeof prefix - 1);
  n = ::write(STDERR_FILENO, what, strlen(what));
  n = ::write(STDERR_FILENO, "\n", 1);
  ::_exit(1);
}

// Of the engine's own memory, which is at hand, where musl's malloc would touch pages of its own. Nothing is made before main has that.
void* allocate(size_t size) {
  void* memory = tsrunc::quickjs::take_block(size);
  if (!memory) give_up("out of memory");
  return memory;
}

}  // namespace

void* operator new(size_t size) { return allocate(size); }
void* operator new[](size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { tsrunc::quickjs::release_block(memory); }
void operator delete[](void* memory) noexcept { tsrunc::quickjs::release_block(memory); }
void operator delete(void* memory, size_t) noexcept { tsrunc::quickjs::release_block(memory); }
void operator delete[](void* memory, size_t) noexcept { tsrunc::quickjs::release_block(memory); }

// Names of libstdc++, which is not linked: its headers call them.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,cert-dcl58-cpp)
namespace std {
[[noreturn]] void __throw_bad_alloc() { give_up("out of memory"); }
[[noreturn]] void __throw_bad_array_new_length() { give_up("out of memory"); }
[[noreturn]] void __throw_length_error(const char* what) { give_up(what); }
[[noreturn]] void __throw_logic_error(const char* what) { give_up(what); }
[[noreturn]] void __throw_out_of_range(const char* what) { give_up(what); }
[[noreturn]] void __throw_out_of_range_fmt(const char* what, ...) { give_up(what); }
[[noreturn]] void __throw_bad_optional_access() { give_up("bad_optional_access"); }
}  // namespace std

extern "C" void __cxa_pure_virtual() { give_up("a pure virtual function was called"); }
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,cert-dcl58-cpp)
