import assert from "node:assert/strict";
import test from "node:test";
import { checkCount, parseArgs, parseCount } from "../../../src/cli/argv.js";
import type { Flag } from "../../../src/cli/command.js";

const flags: readonly Flag[] = [
  { name: "bundle", short: "b", value: "DIR", help: "" },
  { name: "detach", short: "d", help: "" },
  { name: "no-pivot", help: "" },
  { name: "no-subreaper", help: "" },
];
const split = (...argv: string[]) => parseArgs(argv, flags, false);
const parse = (...argv: string[]) => {
  const { help: _, ...parsed } = split(...argv);
  return parsed;
};

test("one dash or two, a space or =", () => {
  for (const argv of [["--bundle", "/b"], ["-bundle", "/b"], ["--bundle=/b"], ["-bundle=/b"], ["-b", "/b"], ["-b=/b"], ["--b", "/b"]]) {
    assert.deepEqual(parse(...argv, "id"), { flags: { bundle: "/b" }, args: ["id"] });
  }
});

test("flags that begin with no- are flags of their own", () => {
  assert.deepEqual(parse("-no-subreaper", "--no-pivot", "id").flags, { "no-pivot": true, "no-subreaper": true });
  assert.deepEqual(parse("id").flags, {});
  assert.deepEqual(parse("--no-pivot=false", "--detach", "id").flags, { detach: true });
});

test("booleans take = and nothing else; the last one counts", () => {
  assert.deepEqual(parse("--detach=false", "id").flags, {});
  assert.deepEqual(parse("-d=T", "id").flags, { detach: true });
  assert.deepEqual(parse("-d", "--detach=0", "id").flags, {});
  assert.deepEqual(parse("--detach", "false").args, ["false"]);
  assert.throws(() => split("--detach=maybe"), /invalid boolean value "maybe" for -detach/);
});

test("values may begin with a dash, be empty, hold = and line ends", () => {
  assert.equal(parse("--bundle", "-x", "id").flags["bundle"], "-x");
  assert.equal(parse("--bundle=", "id").flags["bundle"], "");
  assert.equal(parse("--bundle=a=b\nc", "id").flags["bundle"], "a=b\nc");
  assert.equal(parse("--bundle", "a", "--bundle", "b").flags["bundle"], "b");
});

test("flags after a positional argument, unless the command stops there", () => {
  assert.deepEqual(parse("id", "--detach"), { flags: { detach: true }, args: ["id"] });
  assert.deepEqual(parseArgs(["-d", "id", "ls", "-la", "--", "x"], flags, true).args, ["id", "ls", "-la", "--", "x"]);
  assert.deepEqual(parseArgs(["--", "-d", "id"], flags, true).args, ["-d", "id"]);
  assert.deepEqual(parse("--", "-d"), { flags: {}, args: ["-d"] });
  assert.deepEqual(parse("-").args, ["-"]);
});

test("what CRI-O probes for", () => {
  assert.throws(() => split("--bundle"), /flag needs an argument: -bundle/);
  assert.throws(() => split("--bundel", "x"), /flag provided but not defined: -bundel/);
  assert.throws(() => split("--constructor"), /flag provided but not defined/);
});

test("help anywhere before the end of flags", () => {
  assert.equal(split("id", "--help").help, true);
  assert.equal(split("-h").help, true);
  assert.equal(split("--", "-h").help, false);
  for (const word of ["-", "---x", "-=x", "--=x"]) assert.deepEqual(parse(word).args, [word]);
});

test("the number of arguments", () => {
  const message = (min: number, max: number, count: number) => {
    try {
      checkCount({ name: "x", min, max }, count);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.equal(message(1, 1, 1), "");
  assert.equal(message(1, 1, 0), 'tsrunc: "x" requires exactly 1 argument(s)');
  assert.equal(message(1, 2, 0), 'tsrunc: "x" requires a minimum of 1 argument(s)');
  assert.equal(message(1, 2, 3), 'tsrunc: "x" requires a maximum of 2 argument(s)');
});

test("counts", () => {
  assert.equal(parseCount("preserve-fds", undefined), 0);
  assert.equal(parseCount("preserve-fds", "3"), 3);
  for (const bad of ["-1", "1.5", "", "0x3", "12345678901"]) assert.throws(() => parseCount("preserve-fds", bad), /invalid value/);
});

test("a flag that may be repeated keeps all its values, in order", () => {
  const flags = [
    { name: "env", short: "e", value: "NAME=VALUE", repeat: true, help: "" },
    { name: "cwd", value: "DIR", help: "" },
  ] as const;
  assert.deepEqual(parseArgs(["-e", "A=1", "--cwd=/a", "--env=B=", "-cwd", "/b", "-e=-x", "id", "-e", "C"], flags, true), {
    flags: { cwd: "/b" },
    lists: { env: ["A=1", "B=", "-x"] },
    args: ["id", "-e", "C"],
    help: false,
  });
});
