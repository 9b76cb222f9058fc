# tsrunc-systemd: the systemd cgroup driver's D-Bus calls. Of the machine's C library, static host or not: it loads libsystemd, which a static
# executable cannot. Nothing of libstdc++ is in it.
tsrunc_sources(SYSTEMD addon/systemd)
add_executable(tsrunc-systemd ${SYSTEMD})
target_include_directories(tsrunc-systemd PRIVATE ${TSRUNC_INCLUDES})
target_compile_options(tsrunc-systemd PRIVATE ${TSRUNC_PRODUCT_FLAGS} -Os -fPIE -fno-threadsafe-statics -fno-asynchronous-unwind-tables)
target_link_options(tsrunc-systemd PRIVATE -pie -nodefaultlibs -s)
target_link_libraries(tsrunc-systemd PRIVATE -lc -lgcc)
set_target_properties(tsrunc-systemd PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")

# Its bytes, as an object that a host links.
add_library(tsrunc_systemd_image OBJECT "${CMAKE_SOURCE_DIR}/addon/core/systemd_image.S")
target_compile_definitions(tsrunc_systemd_image PRIVATE "TSRUNC_SYSTEMD_PATH=\"$<TARGET_FILE:tsrunc-systemd>\"")
set_source_files_properties("${CMAKE_SOURCE_DIR}/addon/core/systemd_image.S" PROPERTIES OBJECT_DEPENDS "${CMAKE_BINARY_DIR}/tsrunc-systemd")
add_dependencies(tsrunc_systemd_image tsrunc-systemd)
