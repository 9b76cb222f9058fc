// What the compiler expects of libstdc++, which is made for glibc and not linked: memory, and the ends of what cannot go on. No exceptions:
// the process ends with one line, as it does for every other error.
#include <unistd.h>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

[[noreturn]] void give_up(const char* what) {
  // One write, without stdio: there may be no memory.
  static const char prefix[] = "tsrunc: internal error: ";
  [[maybe_unused]] ssize_t n = ::write(STDERR_FILENO, prefix, sizeof prefix - 1);
  n = ::write(STDERR_FILENO, what, strlen(what));
  n = ::write(STDERR_FILENO, "\n", 1);
  ::_exit(1);
}

void* allocate(size_t size) {
  void* memory = malloc(size == 0 ? 1 : size);
  if (!memory) give_up("out of memory");
  return memory;
}

}  // namespace

void* operator new(size_t size) { return allocate(size); }
void* operator new[](size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
void operator delete[](void* memory, size_t) noexcept { free(memory); }

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
