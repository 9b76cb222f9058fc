# tsrunc_core: the system calls, for whichever host. Nothing of Node-API or QuickJS in it.
find_path(SECCOMP_INCLUDE seccomp.h)
find_library(SECCOMP_LIBRARY NAMES libseccomp.a seccomp)
if(NOT SECCOMP_INCLUDE OR NOT SECCOMP_LIBRARY)
  message(FATAL_ERROR "libseccomp is missing: install the Debian package libseccomp-dev")
endif()

add_library(tsrunc_core STATIC ${CORE})
target_include_directories(tsrunc_core PUBLIC ${TSRUNC_INCLUDES} PRIVATE ${SECCOMP_INCLUDE})
target_compile_options(tsrunc_core PRIVATE ${TSRUNC_PRODUCT_FLAGS} ${PRODUCT_SANITIZERS} -fPIC)
target_link_libraries(tsrunc_core PUBLIC ${SECCOMP_LIBRARY})
