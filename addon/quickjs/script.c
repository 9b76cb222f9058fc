// tsrunc-qjsc SCRIPT.js OUT: a script as QuickJS bytecode, without its source text, with its line numbers.
// tsrunc-train SCRIPT.js: executes it, in an engine that counts what it does (cmake/static.cmake).
#include <quickjs.h>
#include <stdio.h>
#include <stdlib.h>

static char* read_all(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  const long length = ftell(file);
  rewind(file);
  char* text = length < 0 ? NULL : malloc((size_t)length + 1);
  if (text) {
    *size = fread(text, 1, (size_t)length, file);
    text[*size] = '\0';
  }
  fclose(file);
  return text;
}

static int fail(JSContext* context, const char* what) {
  JSValue error = JS_GetException(context);
  const char* text = JS_ToCString(context, error);
  JSValue stack = JS_GetPropertyStr(context, error, "stack");
  const char* where = JS_ToCString(context, stack);
  fprintf(stderr, "%s: %s\n%s", what, text ? text : "?", where ? where : "");
  return 1;
}

static int compile(JSContext* context, const char* text, size_t size, const char* path) {
  JSValue script = JS_Eval(context, text, size, "tsrunc", JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(script)) return fail(context, "the script");
  size_t length = 0;
  uint8_t* code = JS_WriteObject(context, &length, script, JS_WRITE_OBJ_BYTECODE);
  if (!code) return fail(context, "its bytecode");
  FILE* out = fopen(path, "wb");
  if (!out || fwrite(code, 1, length, out) != length || fclose(out) != 0) {
    perror(path);
    return 1;
  }
  return 0;
}

static int execute(JSContext* context, const char* text, size_t size) {
  JSValue result = JS_Eval(context, text, size, "tsrunc", JS_EVAL_TYPE_GLOBAL);
  return JS_IsException(result) ? fail(context, "the script") : 0;
}

int main(int argc, char** argv) {
  size_t size = 0;
  char* text = argc == 2 || argc == 3 ? read_all(argv[1], &size) : NULL;
  if (!text) {
    fputs("tsrunc-qjsc SCRIPT.js OUT, tsrunc-train SCRIPT.js\n", stderr);
    return 1;
  }
  JSRuntime* runtime = JS_NewRuntime();
  JS_SetStripInfo(runtime, JS_STRIP_SOURCE);
  JSContext* context = JS_NewContext(runtime);
  return argc == 3 ? compile(context, text, size, argv[2]) : execute(context, text, size);
}
