#include "quickjs/port.h"

#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "binding/call.h"
#include "core/table.h"
#include "launcher/record.h"
#include "quickjs/env.h"
#include "quickjs/parts.h"

namespace tsrunc::quickjs {
namespace {

// Empty while the bundle's top level runs: what is then read would be that of the build.
int argument_count = 0;
char** argument_values = nullptr;

struct Arguments {
  JSContext* context;
  int count;
  JSValueConst* values;
  size_t size() const { return static_cast<size_t>(count); }
  Value operator[](size_t index) const { return Value::borrowed(context, values[index]); }
};

constexpr const char* kNames[] = {
#define TSRUNC_NAME(NAME, FUNCTION) NAME,
    TSRUNC_FUNCTIONS(TSRUNC_NAME)
#undef TSRUNC_NAME
};

template <auto Function>
JSValue bound(JSContext* context, JSValueConst, int count, JSValueConst* values, int name) {
  return binding::call(Env(context), Arguments{context, count, values}, kNames[name], Function).release();
}

using Bound = JSValue(JSContext*, JSValueConst, int, JSValueConst*, int);
constexpr Bound* kFunctions[] = {
#define TSRUNC_BIND(NAME, FUNCTION) bound<&core::FUNCTION>,
    TSRUNC_FUNCTIONS(TSRUNC_BIND)
#undef TSRUNC_BIND
};

JSValue refuse(JSContext* context, const char* what) { return JS_ThrowTypeError(context, "%s", what); }

Roots* roots_of(JSContext* context) { return static_cast<Roots*>(JS_GetContextOpaque(context)); }

void keep(JSContext* context, JSValue& root, JSValueConst value) {
  JS_FreeValue(context, root);
  root = JS_DupValue(context, value);
}

// load(makeError): the functions of core/table.h.
JSValue load(JSContext* context, JSValueConst, int count, JSValueConst* values) {
  if (count != 1 || !JS_IsFunction(context, values[0]))
    return refuse(context, "load: a function that makes errors expected");
  keep(context, roots_of(context)->make_error, values[0]);
  Env env(context);
  Value functions = env.object();
  for (int i = 0; i < static_cast<int>(std::size(kNames)); ++i) {
    env.set(functions, kNames[i],
            Value(context, JS_NewCFunctionMagic(context, kFunctions[i], kNames[i], 0, JS_CFUNC_generic_magic, i)));
  }
  return functions.release();
}

// start(main): kept until the process knows how it was called.
JSValue start(JSContext* context, JSValueConst, int count, JSValueConst* values) {
  if (count != 1 || !JS_IsFunction(context, values[0])) return refuse(context, "start: a function expected");
  keep(context, roots_of(context)->main, values[0]);
  return JS_UNDEFINED;
}

JSValue not_yet(JSContext* context) {
  return refuse(context, "the bundle's top level asked how the program was called, which is only known in main");
}

JSValue argv(JSContext* context, JSValueConst, int, JSValueConst*) {
  if (!argument_values) return not_yet(context);
  Env env(context);
  Value list = env.array(0);
  for (int i = 1; i < argument_count; ++i) env.set(list, static_cast<uint32_t>(i - 1), env.string(argument_values[i]));
  return list.release();
}

// Into the object that is given: it has no prototype, as a variable may be called `__proto__`.
JSValue environment(JSContext* context, JSValueConst, int count, JSValueConst* values) {
  if (!argument_values) return not_yet(context);
  if (count != 1 || !JS_IsObject(values[0])) return refuse(context, "environment: an object expected");
  Env env(context);
  Value variables = Value::borrowed(context, values[0]);
  for (char** entry = environ; *entry; ++entry) {
    const char* end = strchr(*entry, '=');
    if (!end) continue;
    const std::string name = well_formed(*entry, static_cast<size_t>(end - *entry));
    // The first one counts, as it does for getenv.
    if (JS_IsUndefined(variables.get(name.c_str()).get())) env.set(variables, name.c_str(), env.string(end + 1));
  }
  return JS_UNDEFINED;
}

// variable(name): the caller's, undefined without it.
JSValue variable(JSContext* context, JSValueConst, int count, JSValueConst* values) {
  if (!argument_values) return not_yet(context);
  std::string name;
  if (count != 1 || !Value::borrowed(context, values[0]).text(name))
    return refuse(context, "variable: a name expected");
  const char* value = ::getenv(name.c_str());
  return value ? Env(context).string(value).release() : JS_UNDEFINED;
}

// The launch record without its name and without descriptors: src/host/record.ts.
JSValue record(JSContext* context, JSValueConst, int, JSValueConst*) {
  if (!argument_values) return not_yet(context);
  static char text[launcher::kRecordSize];
  if (!launcher::write_record(argument_count > 0 ? argument_values[0] : "", text, false)) {
    Env(context).throw_failure(core::failure(errno, "", "getrlimit(RLIMIT_NOFILE)"));
    return JS_EXCEPTION;
  }
  return Env(context).string(strchr(text, '=') + 1).release();
}

// The record's field of descriptors.
JSValue inherited(JSContext* context, JSValueConst, int, JSValueConst*) {
  if (!argument_values) return not_yet(context);
  static char text[launcher::kRecordSize];
  launcher::write_fds(text);
  return Env(context).string(text).release();
}

// decode(bytes, fatal): the text. A TypeError when `fatal` and no UTF-8.
JSValue decode(JSContext* context, JSValueConst, int count, JSValueConst* values) {
  core::ByteView bytes;
  if (count != 2 || !Value::borrowed(context, values[0]).bytes(bytes)) return refuse(context, "decode: bytes expected");
  const char* text = reinterpret_cast<const char*>(bytes.data);
  if (first_invalid(text, bytes.size) == bytes.size) return JS_NewStringLen(context, text, bytes.size);
  if (JS_ToBool(context, values[1])) return refuse(context, "The encoded data was not valid for encoding utf-8");
  return Env(context).string(well_formed(text, bytes.size)).release();
}

// encode(text): its bytes.
JSValue encode(JSContext* context, JSValueConst, int count, JSValueConst* values) {
  std::string text;
  if (count != 1 || !Value::borrowed(context, values[0]).text(text))
    return refuse(context, "encode: a string expected");
  core::Bytes bytes(text.begin(), text.end());
  return Env(context).bytes(bytes).release();
}

// keepShapes(yes): js_keep_shapes.
JSValue keep_shapes(JSContext* context, JSValueConst, int count, JSValueConst* values) {
  js_keep_shapes = count == 1 && JS_ToBool(context, values[0]);
  return JS_UNDEFINED;
}

struct Function {
  const char* name;
  JSCFunction* function;
};
constexpr Function kPort[] = {
    {"load", load},
    {"start", start},
    {"argv", argv},
    {"environment", environment},
    {"record", record},
    {"inherited", inherited},
    {"decode", decode},
    {"encode", encode},
    {"encodeSteps", encode_steps},
    {"variable", variable},
    {"isPlainJson", is_plain_json},
    {"keepShapes", keep_shapes},
};

}  // namespace

bool define_port(JSContext* context) {
  Env env(context);
  Value global(context, JS_GetGlobalObject(context));
  Roots* roots = roots_of(context);
  roots->make_error = JS_UNDEFINED;
  roots->main = JS_UNDEFINED;
  roots->uint8_array = global.get("Uint8Array").release();
  Value port = env.object();
  for (const Function& function : kPort) {
    env.set(port, function.name, Value(context, JS_NewCFunction(context, function.function, function.name, 0)));
  }
  env.set(global, "tsrunc", std::move(port));
  return !env.pending();
}

void set_arguments(int argc, char** argv) {
  argument_count = argc;
  argument_values = argv;
}

}  // namespace tsrunc::quickjs
