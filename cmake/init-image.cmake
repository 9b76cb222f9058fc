# The bytes of tsrunc-init, as an object that a host links.
add_library(tsrunc_init_image OBJECT "${CMAKE_SOURCE_DIR}/addon/core/init_image.S")
target_compile_definitions(tsrunc_init_image PRIVATE "TSRUNC_INIT_PATH=\"$<TARGET_FILE:tsrunc-init>\"")
set_source_files_properties(
  "${CMAKE_SOURCE_DIR}/addon/core/init_image.S" PROPERTIES OBJECT_DEPENDS "${TSRUNC_INIT_DIRECTORY}/tsrunc-init")
add_dependencies(tsrunc_init_image tsrunc-init)
