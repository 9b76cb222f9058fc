# tsrunc.node: the binding for Node. libstdc++ is linked in, so that the one of the machine does not matter.
if(NOT CMAKE_JS_INC)
  message(FATAL_ERROR "CMAKE_JS_INC is empty: configure through `node scripts/build.mjs` or cmake-js")
endif()
add_library(tsrunc_node MODULE ${NODE} $<TARGET_OBJECTS:tsrunc_init_image> $<TARGET_OBJECTS:tsrunc_systemd_image>)
target_include_directories(tsrunc_node SYSTEM PRIVATE ${CMAKE_JS_INC})
target_compile_definitions(tsrunc_node PRIVATE NAPI_VERSION=8 NODE_ADDON_API_DISABLE_DEPRECATED NAPI_DISABLE_CPP_EXCEPTIONS)
target_compile_options(tsrunc_node PRIVATE ${TSRUNC_PRODUCT_FLAGS} -fPIC)
target_link_libraries(tsrunc_node PRIVATE tsrunc_core)
target_link_options(tsrunc_node PRIVATE -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -s)
set_target_properties(
  tsrunc_node PROPERTIES OUTPUT_NAME tsrunc PREFIX "" SUFFIX ".node" LIBRARY_OUTPUT_DIRECTORY "${TSRUNC_OUT}")
