// node:fs, node:path and node:child_process: commander needs them for subcommands that are executables of their own; we have none.
export {};
