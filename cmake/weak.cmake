# tsrunc-weak (build.mjs --weaken): tsrunc-init and tsrunc.node once more, in OUT/weak, with the weak points of addon/core/weak.h open, for
# test/attack alone. Only the sources that have such a point are compiled again.
set(WEAK_INIT init/sys init/fs/procfs init/fs/resolve init/fs/walk init/ops/console init/ops/mount_fs init/ops/mount_target init/ops/path_mask
  init/ops/process)
set(WEAK_CORE core/child core/hook core/memfd)
string(JOIN "|" WEAK_NAMES ${WEAK_INIT})
list(TRANSFORM WEAK_INIT REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/addon/\\1.cc")
list(TRANSFORM WEAK_CORE REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/addon/\\1.cc")

tsrunc_make_init(tsrunc-init-weak ${WEAK_INIT} "$<FILTER:$<TARGET_OBJECTS:tsrunc-init>,EXCLUDE,/addon/(${WEAK_NAMES})[.]cc[.]o$>")
add_library(tsrunc_init_image_weak OBJECT "${CMAKE_SOURCE_DIR}/addon/core/init_image.S")
target_compile_definitions(tsrunc_init_image_weak PRIVATE "TSRUNC_INIT_PATH=\"$<TARGET_FILE:tsrunc-init-weak>\"")
add_dependencies(tsrunc_init_image_weak tsrunc-init-weak)
# Before the library with the core, which then gives only what is missing.
tsrunc_make_node(tsrunc_node_weak "${TSRUNC_OUT}/weak" ${WEAK_CORE} $<TARGET_OBJECTS:tsrunc_node> $<TARGET_OBJECTS:tsrunc_init_image_weak>)
target_include_directories(tsrunc_node_weak PRIVATE ${SECCOMP_INCLUDE})
foreach(TARGET tsrunc-init-weak tsrunc_node_weak)
  target_compile_definitions(${TARGET} PRIVATE TSRUNC_WEAK)
endforeach()
set_target_properties(tsrunc-init-weak PROPERTIES OUTPUT_NAME tsrunc-init RUNTIME_OUTPUT_DIRECTORY "${TSRUNC_OUT}/weak")
set_target_properties(tsrunc-init-weak tsrunc_init_image_weak tsrunc_node_weak PROPERTIES EXCLUDE_FROM_ALL ON)
add_custom_target(tsrunc-weak DEPENDS tsrunc_node_weak)
