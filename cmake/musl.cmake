# tsrunc_use_musl(TARGET): compiles and links TARGET against musl (docs/adr/0005-musl.md: a waiting init then has 0.1 MB instead of 0.8 MB of
# memory), where the machine has it: Debian's musl-tools. Without it the C library of the machine is used.
# The headers of libstdc++ are used, its library is not: nothing of ours needs it.
file(GLOB MUSL_SPECS "/usr/lib/${CMAKE_SYSTEM_PROCESSOR}-linux-musl/musl-gcc.specs" "/usr/local/musl/lib/musl-gcc.specs")
if(NOT MUSL_SPECS OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(MUSL_SPECS "")
  message(STATUS "musl-gcc.specs is not there (Debian package musl-tools): tsrunc-init uses the C library of the machine")
else()
  list(GET MUSL_SPECS 0 MUSL_SPECS)
endif()

function(tsrunc_use_musl TARGET)
  if(NOT MUSL_SPECS)
    return()
  endif()
  set(HEADERS "")
  foreach(DIRECTORY ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})
    # C++ first, then musl's own (by the specs), and last those of the kernel, which are among the machine's.
    if(DIRECTORY MATCHES "/c\\+\\+/")
      list(APPEND HEADERS "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-isystem ${DIRECTORY}>")
    else()
      list(APPEND HEADERS "SHELL:-idirafter ${DIRECTORY}")
    endif()
  endforeach()
  # libstdc++ asks glibc for its version in os_defines.h.
  target_compile_options(${TARGET} PRIVATE "-specs=${MUSL_SPECS}" $<$<COMPILE_LANGUAGE:CXX>:-nostdinc++> ${HEADERS} "-D__GLIBC_PREREQ(a,b)=0")
  target_link_options(${TARGET} PRIVATE "-specs=${MUSL_SPECS}" -nodefaultlibs)
  target_link_libraries(${TARGET} PRIVATE -Wl,--start-group -lc -lgcc -lgcc_eh -Wl,--end-group)
endfunction()
