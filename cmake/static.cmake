# tsrunc-stage: the static host, everything of it musl (exec of a static glibc program costs half a millisecond more where CPUID traps).
# scripts/lib/static.mjs makes tsrunc-static of it. TSRUNC_VENDOR has the sources of QuickJS and libseccomp, TSRUNC_ENGINE QuickJS's quickjs.c and
# quickjs.h as scripts/lib/engine.mjs has them, TSRUNC_BYTECODE is the compiled bundle.
enable_language(C)
if(NOT MUSL_SPECS)
  message(FATAL_ERROR "musl-gcc.specs is missing: install the Debian package musl-tools")
endif()
set(TSRUNC_VENDOR "" CACHE PATH "Where quickjs-VERSION and libseccomp-VERSION are")
set(TSRUNC_ENGINE "" CACHE PATH "Where our quickjs.c and quickjs.h are")
set(TSRUNC_BYTECODE "" CACHE FILEPATH "The bundle as QuickJS bytecode")
set(TSRUNC_COUNTS "" CACHE PATH "The directory in which tsrunc-train notes how often each branch of the engine is taken")
file(GLOB QUICKJS_DIRECTORY "${TSRUNC_VENDOR}/quickjs-*")
file(GLOB SECCOMP_DIRECTORY "${TSRUNC_VENDOR}/libseccomp-*")
file(READ "${QUICKJS_DIRECTORY}/VERSION" QUICKJS_VERSION)
string(STRIP "${QUICKJS_VERSION}" QUICKJS_VERSION)

# The engine. -fwrapv: it counts on wrapping integers. No stack protector: its interpreter loop would check at each call. Small copies inline:
# musl's memcpy(3) is `rep movsq`, which takes longer to begin than most of them last.
set(QUICKJS_PARTS libregexp libunicode cutils dtoa)
list(TRANSFORM QUICKJS_PARTS PREPEND "${QUICKJS_DIRECTORY}/")
list(TRANSFORM QUICKJS_PARTS APPEND ".c")
set(QUICKJS_ENGINE "${TSRUNC_ENGINE}/quickjs.c")

function(tsrunc_quickjs TARGET)
  target_include_directories(${TARGET} PRIVATE "${CMAKE_SOURCE_DIR}/addon")
  target_include_directories(${TARGET} SYSTEM PUBLIC "${TSRUNC_ENGINE}" "${QUICKJS_DIRECTORY}")
  target_compile_definitions(${TARGET} PRIVATE _GNU_SOURCE "CONFIG_VERSION=\"${QUICKJS_VERSION}\"")
  target_compile_options(${TARGET} PRIVATE -w -O3 -fwrapv -fno-pie -fno-stack-protector -fno-stack-clash-protection -fcf-protection=none
    -fno-asynchronous-unwind-tables "$<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-minline-stringops-dynamically>")
  tsrunc_use_musl(${TARGET})
endfunction()

# The interpreter is compiled twice: first to count what it does when it does our work (tsrunc-train runs src/train.ts), then knowing that. That makes
# it a tenth faster (docs/adr/0008-static-host.md). Both have the same -dumpdir and -dumpbase: the name of the counts. GCC before 11 looks for them
# elsewhere, and does without.
set(COUNTED "SHELL:-dumpdir ${TSRUNC_COUNTS}/" "SHELL:-dumpbase quickjs")
add_library(quickjs_parts OBJECT ${QUICKJS_PARTS})
tsrunc_quickjs(quickjs_parts)
# A file of its own, as properties of a source file are the same for all targets.
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/counted/quickjs.c" CONTENT "#include \"@QUICKJS_ENGINE@\"\n" @ONLY)
add_library(quickjs_counted OBJECT "${CMAKE_BINARY_DIR}/counted/quickjs.c")
target_compile_options(quickjs_counted PRIVATE -fprofile-generate -fprofile-update=single ${COUNTED})
tsrunc_quickjs(quickjs_counted)
add_library(quickjs STATIC "${QUICKJS_ENGINE}" $<TARGET_OBJECTS:quickjs_parts>)
set_source_files_properties("${QUICKJS_ENGINE}" PROPERTIES OBJECT_DEPENDS "${TSRUNC_COUNTS}/quickjs.gcda")
# Partial: what the training does not reach is not taken for cold.
target_compile_options(quickjs PRIVATE -fprofile-use -fprofile-partial-training ${COUNTED})
tsrunc_quickjs(quickjs)

add_executable(tsrunc-train EXCLUDE_FROM_ALL "${CMAKE_SOURCE_DIR}/addon/quickjs/script.c" $<TARGET_OBJECTS:quickjs_counted>
  $<TARGET_OBJECTS:quickjs_parts>)
target_include_directories(tsrunc-train PRIVATE "${CMAKE_SOURCE_DIR}/addon")
target_include_directories(tsrunc-train SYSTEM PRIVATE "${TSRUNC_ENGINE}" "${QUICKJS_DIRECTORY}")
target_compile_options(tsrunc-train PRIVATE -fno-pie)
target_link_options(tsrunc-train PRIVATE -static -no-pie)
target_link_libraries(tsrunc-train PRIVATE -Wl,--start-group gcov c gcc -Wl,--end-group)
tsrunc_use_musl(tsrunc-train)

# libseccomp: what its configure would find out is in configure.h. Its hash reads bytes as words, which strict aliasing forbids.
file(GLOB SECCOMP_SOURCES "${SECCOMP_DIRECTORY}/src/*.c")
list(FILTER SECCOMP_SOURCES EXCLUDE REGEX "/arch-syscall-dump\\.c$")
add_library(seccomp_static STATIC ${SECCOMP_SOURCES})
file(WRITE "${CMAKE_BINARY_DIR}/seccomp/configure.h" "#define HAVE_LINUX_SECCOMP_H 1\n")
target_include_directories(seccomp_static SYSTEM PRIVATE "${CMAKE_BINARY_DIR}/seccomp" PUBLIC "${SECCOMP_DIRECTORY}/include")
target_compile_definitions(seccomp_static PRIVATE _GNU_SOURCE)
target_compile_options(seccomp_static PRIVATE -w -O2 -fno-pie -fno-strict-aliasing -fno-asynchronous-unwind-tables)
tsrunc_use_musl(seccomp_static)

add_executable(tsrunc-qjsc EXCLUDE_FROM_ALL "${CMAKE_SOURCE_DIR}/addon/quickjs/script.c")
target_include_directories(tsrunc-qjsc PRIVATE "${CMAKE_SOURCE_DIR}/addon")
target_compile_options(tsrunc-qjsc PRIVATE -fno-pie)
target_link_options(tsrunc-qjsc PRIVATE -static -no-pie)
target_link_libraries(tsrunc-qjsc PRIVATE quickjs)
tsrunc_use_musl(tsrunc-qjsc)

tsrunc_sources(QUICKJS_HOST addon/quickjs)
add_executable(tsrunc-stage EXCLUDE_FROM_ALL ${QUICKJS_HOST} ${CORE} "${CMAKE_SOURCE_DIR}/addon/launcher/record.cc"
  "${CMAKE_SOURCE_DIR}/addon/quickjs/bytecode.S" $<TARGET_OBJECTS:tsrunc_init_image> $<TARGET_OBJECTS:tsrunc_systemd_image>)
set_source_files_properties("${CMAKE_SOURCE_DIR}/addon/quickjs/bytecode.S" PROPERTIES OBJECT_DEPENDS "${TSRUNC_BYTECODE}")
target_include_directories(tsrunc-stage PRIVATE ${TSRUNC_INCLUDES})
target_compile_definitions(tsrunc-stage PRIVATE
  "TSRUNC_BYTECODE_PATH=\"${TSRUNC_BYTECODE}\""
  # musl has one kind of locale and no names for glibc's; the templates of std::string are made here, as no libstdc++ is linked.
  _GLIBCXX_EXTERN_TEMPLATE=0 __locale_t=locale_t __uselocale=uselocale)
target_compile_options(tsrunc-stage PRIVATE ${TSRUNC_PRODUCT_FLAGS} -fno-pie -fno-asynchronous-unwind-tables -fno-threadsafe-statics)
target_link_options(tsrunc-stage PRIVATE -static -no-pie)
target_link_libraries(tsrunc-stage PRIVATE quickjs seccomp_static)
tsrunc_use_musl(tsrunc-stage)
