# tsrunc: what an engine calls. Static, because it runs with the caller's LD_* variables before they are set aside.
add_executable(tsrunc_launcher ${LAUNCHER})
target_include_directories(tsrunc_launcher PRIVATE ${TSRUNC_INCLUDES})
target_compile_definitions(tsrunc_launcher PRIVATE "TSRUNC_NODE=\"${TSRUNC_NODE}\"")
target_compile_options(tsrunc_launcher PRIVATE ${TSRUNC_PRODUCT_FLAGS} -Os -fno-pie)
target_link_options(tsrunc_launcher PRIVATE -static -no-pie -s)
# A static glibc takes 0.4 ms longer to start (locale, IRELATIVE relocations, tunables); there is nothing here that needs it.
tsrunc_use_musl(tsrunc_launcher)
set_target_properties(tsrunc_launcher PROPERTIES OUTPUT_NAME tsrunc RUNTIME_OUTPUT_DIRECTORY "${TSRUNC_OUT}")
