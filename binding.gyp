{
  # Delegates to the one description of the native build, CMakeLists.txt, for tools that expect node-gyp.
  # `node-gyp configure -- -Dtsrunc_out=DIR && node-gyp build`: into DIR, else into build/.
  "variables": { "tsrunc_out%": "build" },
  "targets": [
    {
      "target_name": "tsrunc",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["<(tsrunc_out)/always-built"],
          "action": ["node", "scripts/build.mjs", "--only", "native", "--out", "<(tsrunc_out)"],
          "message": "tsrunc: the native build by CMake"
        }
      ]
    }
  ]
}
