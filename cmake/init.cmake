if(NOT EXISTS "${CMAKE_SOURCE_DIR}/addon/init/main.cc")
  message(STATUS "addon/init/main.cc is not there yet: tsrunc-init does nothing")
  file(WRITE "${CMAKE_BINARY_DIR}/nothing.cc" "int main() { return 1; }\n")
  set(INIT "${CMAKE_BINARY_DIR}/nothing.cc")
  set(WIRE "")
endif()
include(cmake/musl.cmake)

# tsrunc-init: small and static. No PIE: without relocations its pages stay clean and shared with the memfd, which keeps a created
# container's memory small; the process reads nothing but the plan, and the user's program gets its own layout at execve.
function(tsrunc_make_init TARGET)
  add_executable(${TARGET} ${ARGN})
  target_include_directories(${TARGET} PRIVATE ${TSRUNC_INCLUDES})
  target_compile_options(${TARGET} PRIVATE ${TSRUNC_PRODUCT_FLAGS} -Os -fno-pie -fno-asynchronous-unwind-tables -fno-threadsafe-statics)
  target_link_options(${TARGET} PRIVATE -static -no-pie)
  tsrunc_use_musl(${TARGET})
  if(NOT TSRUNC_SANITIZE)
    target_link_options(${TARGET} PRIVATE -s)
  endif()
endfunction()

tsrunc_make_init(tsrunc-init ${INIT} ${WIRE})
# The builds of the tests and of the static host have copies of their own: written to the same place, each would make the other's out of date.
set(TSRUNC_INIT_DIRECTORY "${TSRUNC_OUT}")
if(TSRUNC_TESTS OR TSRUNC_STATIC)
  set(TSRUNC_INIT_DIRECTORY "${CMAKE_BINARY_DIR}")
endif()
set_target_properties(tsrunc-init PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${TSRUNC_INIT_DIRECTORY}")
