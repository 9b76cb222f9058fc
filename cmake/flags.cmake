# Compiler and linker flags that every target shares.
add_compile_options(
  -Wall -Wextra -Wformat=2 -Wshadow=local -Werror=format-security
  -fvisibility=hidden $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>
  -ffunction-sections -fdata-sections
  -fstack-protector-strong -fstack-clash-protection)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|amd64|i.86")
  add_compile_options(-fcf-protection=full)
endif()
if(TSRUNC_WERROR)
  add_compile_options(-Werror)
endif()
add_link_options(-Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT TSRUNC_SANITIZE)
  # Only with optimisation does the macro do anything.
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()

# Of the tests, or of the product where it is built alone (npm run sanitize): then init is linked as any program, since AddressSanitizer knows
# neither musl nor static executables.
set(SANITIZERS "")
set(PRODUCT_SANITIZERS "")
if(TSRUNC_SANITIZE)
  set(SANITIZERS -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(NOT TSRUNC_TESTS AND NOT TSRUNC_STATIC)
    set(PRODUCT_SANITIZERS ${SANITIZERS} -g)
  endif()
endif()

# Products carry neither exceptions nor RTTI; the tests do (doctest).
set(TSRUNC_PRODUCT_FLAGS "$<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti>")

# Headers are named from addon/ on: "core/result.h"; generated ones by their bare name: "ops.gen.h".
set(TSRUNC_INCLUDES "${CMAKE_SOURCE_DIR}/addon" "${CMAKE_SOURCE_DIR}" "${TSRUNC_OUT}/gen")
