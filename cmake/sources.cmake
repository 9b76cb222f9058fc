# All .cc files below a directory; a new file is picked up by the next build.
function(tsrunc_sources VARIABLE DIRECTORY)
  file(GLOB_RECURSE FOUND CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${DIRECTORY}/*.cc")
  list(SORT FOUND)
  set(${VARIABLE} "${FOUND}" PARENT_SCOPE)
endfunction()
