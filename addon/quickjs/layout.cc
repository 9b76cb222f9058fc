#include "quickjs/layout.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tsrunc::quickjs {
namespace {

constexpr size_t kPage = 4096;
// Larger ones are tables of the engine, of which a command writes to a page here and there.
constexpr size_t kLargest = 2048;
// Pages that may be written to without a fault: one instruction can need two.
constexpr size_t kOpen = 2;

Layout layout;
// By number: a command has written to the block. Shared with the processes that rehearse.
uint8_t* written;
// Where the first block of each page begins, or the last one before it that reaches into it.
const char** first_of_page;
uintptr_t watched_end;
uintptr_t open_pages[kOpen];
size_t faults;

template <typename T>
T* map(size_t count) {
  void* memory =
      ::mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<T*>(memory);
}

void* pointer(uintptr_t address) { return reinterpret_cast<void*>(address); }

void mark(uintptr_t address) {
  const char* at = first_of_page[(address - kArenaBase) / kPage];
  while (at && reinterpret_cast<uintptr_t>(at) + block_at(at).size <= address) at += block_at(at).size;
  if (!at || block_at(at).size > kLargest) return;
  const uint32_t number = layout.numbers[(reinterpret_cast<uintptr_t>(at) + 8 - kArenaBase) / 16];
  if (number < kMostBlocks) written[number] = 1;
}

// The page is opened, and the one that has been open for the longest is watched again: references come and go, and what is written to
// beside them on a page that stayed open would not be seen.
void on_write(int, siginfo_t* info, void*) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(info->si_addr);
  if (address < kArenaBase || address >= watched_end) ::_exit(1);
  mark(address);
  uintptr_t& page = open_pages[faults++ % kOpen];
  if (page != 0) ::mprotect(pointer(page), kPage, PROT_READ);
  page = address & ~(kPage - 1);
  ::mprotect(pointer(page), kPage, PROT_READ | PROT_WRITE);
}

// A block that begins in one page and ends in the next belongs to both.
bool index_pages() {
  first_of_page = map<const char*>(kArenaSize / kPage);
  if (!first_of_page) return false;
  for (const char* at = first_block(); at < end_of_blocks(); at += block_at(at).size) {
    const size_t from = (reinterpret_cast<uintptr_t>(at) - kArenaBase) / kPage;
    const size_t to = (reinterpret_cast<uintptr_t>(at) - kArenaBase + block_at(at).size - 1) / kPage;
    for (size_t page = from; page <= to; ++page) {
      if (!first_of_page[page]) first_of_page[page] = at;
    }
  }
  return true;
}

bool begin_watch() {
  if (!index_pages()) return false;
  struct sigaction action {};
  action.sa_sigaction = on_write;
  action.sa_flags = SA_SIGINFO;
  if (::sigaction(SIGSEGV, &action, nullptr) != 0) return false;
  watched_end = reinterpret_cast<uintptr_t>(end_of_blocks()) & ~(kPage - 1);
  seal_arena();
  layout.rehearsal = true;
  set_layout(&layout);
  // The first page is that of the allocator's own lists.
  return ::mprotect(pointer(kArenaBase + kPage), watched_end - kArenaBase - kPage, PROT_READ) == 0;
}

// What a rehearsed command says is for nobody.
void silence() {
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd <= 2; ++fd) ::dup2(null, fd);
}

}  // namespace

Layout* count_blocks() {
  layout.numbers = map<uint32_t>(kArenaSize / 16);
  written = map<uint8_t>(kMostBlocks);
  return layout.numbers && written ? &layout : nullptr;
}

bool rehearse(void (*command)(void*), void* argument) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (!begin_watch()) ::_exit(1);
    silence();
    command(argument);
    ::_exit(0);
  }
  int status = 0;
  return pid > 0 && ::waitpid(pid, &status, 0) == pid && WIFEXITED(status);
}

Layout* place_blocks(size_t& size) {
  size = 0;
  for (const char* at = first_block(); at < end_of_blocks(); at += block_at(at).size) {
    const size_t index = (reinterpret_cast<uintptr_t>(at) - kArenaBase + 8) / 16;
    const uint32_t number = layout.numbers[index];
    if (number < kMostBlocks && written[number]) size += block_at(at).size;
  }
  drop_arena();
  layout = {};
  layout.written = written;
  return &layout;
}

}  // namespace tsrunc::quickjs
