// Calls that every binding refuses with a TypeError before it makes any system call: [function, ...arguments].

/** Self-contained: its source is also run in the static host. */
export function wrongArguments(): (readonly [string, ...unknown[]])[] {
  return [
    ["close", "1"],
    ["close", 1.5],
    ["close", 2 ** 32],
    ["close", Number.NaN],
    ["close"],
    ["close", 1, 2],
    ["open", "/etc/passwd\0.txt", ["read"], 0],
    ["open", "/etc/passwd", "read", 0],
    ["open", "/etc/passwd", [1], 0],
    ["chown", "/nowhere", -1, 0],
    ["prlimit", 0, 7, 1, 2],
    ["prlimit", 0, 7, -1n, 2n],
    ["prlimit", 0, 7, 2n ** 64n, 2n],
    ["write", 1, [1, 2]],
    ["write", 1, { __proto__: Uint8Array.prototype }],
    ["send", 1, new Uint16Array(2), []],
    ["send", 1, new Int8Array(2), []],
    ["setSubreaper", 1],
    ["spawnInit", { stdio: [0, 1], preserve: [] }],
    ["spawnInit", null],
    ["readText", undefined],
    ["readTextIfThere", undefined],
  ];
}
