// tsrunc-static: the bundle in QuickJS, and addon/core, in one executable. Its heap is either mapped with it, as the bundle's top level
// left it when the executable was built (docs/adr/0008-static-host.md), or made anew from the bytecode: that is the stage that the build
// writes the snapshot with, and with `--no-snapshot` the product.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "launcher/record.h"
#include "quickjs/env.h"
#include "quickjs/port.h"

// bytecode.S
extern "C" const uint8_t tsrunc_bytecode[];
extern "C" const uint8_t tsrunc_bytecode_end[];

namespace tsrunc::quickjs {
namespace {

// A program that runs once and ends: cycles are looked for only when it holds as much as this, which the long-lived commands (events,
// run in the foreground) reach if they leave any.
constexpr size_t kCycleThreshold = 16u << 20;
// A config.json nested deeper than this has room for ends with an error of the engine, which is caught, and not with the stack.
constexpr size_t kStack = 1u << 20;

[[noreturn]] void die(const char* what, const char* why) {
  dprintf(STDERR_FILENO, "tsrunc: %s%s%s\n", what, *why ? ": " : "", why);
  ::_exit(1);
}

// The exception that nothing caught, as one line.
[[noreturn]] void die_of_exception(JSContext* context) {
  const Value error(context, JS_GetException(context));
  const char* text = JS_ToCString(context, error.get());
  die("internal error (please report it)", text ? text : "out of memory");
}

// Promises that are settled go on, until none is left.
void run_jobs(JSRuntime* runtime) {
  JSContext* context = nullptr;
  for (;;) {
    const int done = JS_ExecutePendingJob(runtime, &context);
    if (done == 0) return;
    if (done < 0) die_of_exception(context);
  }
}

size_t stack_size() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_STACK, &limit) != 0) return kStack;
  // Half of it is left to functions of ours and of the C library.
  return std::min<size_t>(kStack, limit.rlim_cur / 2);
}

// What the language has, but eval: nothing can compile a script, and the compiler is not linked.
JSContext* create_context(JSRuntime* runtime) {
  JSContext* context = JS_NewContextRaw(runtime);
  if (!context) return nullptr;
  JS_AddIntrinsicBaseObjects(context);
  JS_AddIntrinsicDate(context);
  JS_AddIntrinsicStringNormalize(context);
  JS_AddIntrinsicRegExpCompiler(context);
  JS_AddIntrinsicRegExp(context);
  JS_AddIntrinsicJSON(context);
  JS_AddIntrinsicProxy(context);
  JS_AddIntrinsicMapSet(context);
  JS_AddIntrinsicTypedArrays(context);
  JS_AddIntrinsicPromise(context);
  return context;
}

Roots* create() {
  Roots* roots = create_arena();
  if (!roots) die("no memory for the engine", strerror(errno));
  roots->runtime = JS_NewRuntime2(&kMallocFunctions, nullptr);
  if (!roots->runtime) die("no memory for the engine", "");
  JS_SetGCThreshold(roots->runtime, kCycleThreshold);
  JS_SetMaxStackSize(roots->runtime, stack_size());
  JSContext* context = create_context(roots->runtime);
  if (!context) die("no memory for the engine", "");
  roots->context = context;
  JS_SetContextOpaque(context, roots);
  if (!define_port(context)) die_of_exception(context);
  const size_t size = static_cast<size_t>(tsrunc_bytecode_end - tsrunc_bytecode);
  JSValue script = JS_ReadObject(context, tsrunc_bytecode, size, JS_READ_OBJ_BYTECODE);
  if (JS_IsException(script)) die_of_exception(context);
  const Value done(context, JS_EvalFunction(context, script));
  if (done.failed()) die_of_exception(context);
  run_jobs(roots->runtime);
  return roots;
}

int run(Roots* roots) {
  JSContext* context = roots->context;
  const Value promise(context, JS_Call(context, roots->main, JS_UNDEFINED, 0, nullptr));
  if (promise.failed()) die_of_exception(context);
  run_jobs(roots->runtime);
  if (JS_PromiseState(context, promise.get()) == JS_PROMISE_PENDING)
    die("internal error (please report it)", "main never ended");
  const Value result(context, JS_PromiseResult(context, promise.get()));
  if (JS_PromiseState(context, promise.get()) == JS_PROMISE_REJECTED) {
    JS_Throw(context, JS_DupValue(context, result.get()));
    die_of_exception(context);
  }
  int code = 1;
  JS_ToInt32(context, &code, result.get());
  return code;
}

// The heap as it is after the top level, for scripts/lib/snapshot.mjs.
int write_snapshot(const char* path) {
  Roots* roots = create();
  JS_RunGC(roots->runtime);
  JS_MakeImmortal(roots->runtime);
  const Span heap = seal_arena();
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) die(path, strerror(errno));
  const char* at = static_cast<const char*>(heap.begin);
  for (size_t left = heap.size; left > 0;) {
    const ssize_t n = ::write(fd, at, left);
    if (n <= 0) die(path, strerror(errno));
    at += n;
    left -= static_cast<size_t>(n);
  }
  return 0;
}

}  // namespace
}  // namespace tsrunc::quickjs

int main(int argc, char** argv) {
  using namespace tsrunc::quickjs;
  Roots* roots = mapped_roots();
  const bool snapshot = roots != nullptr;
  if (!tsrunc::launcher::fill_stdio()) die("open(\"/dev/null\")", strerror(errno));
  if (snapshot) {
    // It was another stack, at another address.
    JS_UpdateStackTop(roots->runtime);
    JS_SetMaxStackSize(roots->runtime, stack_size());
  } else {
    if (argc == 2 && strcmp(argv[0], "tsrunc-write-snapshot") == 0) return write_snapshot(argv[1]);
    roots = create();
  }
  set_arguments(argc, argv);
  ::_exit(run(roots) & 0xff);
}
