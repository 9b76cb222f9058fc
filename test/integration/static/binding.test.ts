// The binding of the static host against the real kernel: as test/unit/host/native.test.ts for Node. A script takes the place of the
// bundle in a copy of the stage.
import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { compileCreate } from "../../../src/plan/compile.js";
import { encodePlan, type Rows } from "../../../src/plan/encode.js";
import type { Segment } from "../../../src/plan/project.js";
import { maxDepth } from "../../../src/spec/json.js";
import { caseNames, createInput, observation } from "../../golden/cases.js";
import { hosts } from "../../golden/facts.js";
import { runCommand } from "../../support/command.js";
import { Scratch } from "../../support/scratch.js";
import { bytecodePath, compilerPath, needsStatic, stagePath } from "../../support/static.js";
import { wrongArguments } from "../../support/wrong-arguments.js";

const skip = needsStatic;

const prelude = `
class Failed extends Error { constructor(call, errno, object) { super(call); this.fields = { call, errno, object }; } }
const native = tsrunc.load((call, errno, object) => new Failed(call, errno, object));
const print = (value) => native.write(1, JSON.stringify(value) + "\\n");
`;

/** Runs `body` as main, and gives what it printed. */
async function run(t: TestContext, body: string, args: readonly string[] = [], env?: Record<string, string>): Promise<unknown[]> {
  const scratch = new Scratch(t);
  const script = scratch.path("script.js");
  const compiled = scratch.path("script.bytecode");
  const program = scratch.path("program");
  writeFileSync(script, `${prelude}\ntsrunc.start(async () => { ${body}\n return 0; });`);
  assert.deepEqual(await runCommand(compilerPath, [script, compiled]).then(({ code, stderr }) => ({ code, stderr })), {
    code: 0,
    stderr: "",
  });
  const stage = readFileSync(stagePath);
  const at = stage.indexOf(readFileSync(bytecodePath));
  assert.ok(at > 0, "the stage has the bundle's bytecode");
  readFileSync(compiled).copy(stage, at);
  writeFileSync(program, stage);
  chmodSync(program, 0o755);
  const { code, stdout, stderr } = await runCommand(program, args, env === undefined ? {} : { env });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}

test("arguments of the wrong kind are refused before any call", { skip }, async (t) => {
  const body = `
    ${wrongArguments.toString()}
    for (const [name, ...args] of wrongArguments()) {
      try { native[name](...args); print("accepted"); } catch (error) { print(error instanceof TypeError ? error.message : "other: " + error); }
    }`;
  const printed = await run(t, body);
  const expected = wrongArguments();
  assert.equal(printed.length, expected.length);
  for (const [index, [name]] of expected.entries())
    assert.match(String(printed[index]), new RegExp(`^${name}: .*(expected|is not valid)$`));
});

test("a failed call is what makeError makes of it", { skip }, async (t) => {
  const body = `
    try { native.mkdir("/proc/x/y", 0o755); } catch (error) { print(error instanceof Failed); print(error.fields); }
    try { tsrunc.load(1); } catch (error) { print(error.message); }`;
  assert.deepEqual(await run(t, body), [
    true,
    { call: 'mkdir("/proc/x/y", 0755)', errno: 2, object: "/proc/x/y" },
    "load: a function that makes errors expected",
  ]);
});

test("numbers, 64-bit integers, strings and bytes arrive as they are", { skip }, async (t) => {
  const file = new Scratch(t).path("file");
  const body = `
    const file = ${JSON.stringify(file)};
    const fd = native.open(file, ["readwrite", "create", "excl"], 0o640);
    native.write(fd, "t\\u00f6\\0\\u{1F600}");
    native.write(fd, new Uint8Array([0, 255, 128]).subarray(1));
    native.write(fd, new Uint8Array());
    print([...native.readFile(file)]);
    print(native.readFile(file) instanceof Uint8Array);
    const { type, mode, size } = native.fstat(fd);
    print({ type, mode, size });
    print(typeof native.monotonicNs());
    native.prlimit(0, 7, 64n, 2n ** 63n > 0n ? 64n : 0n);
    print(native.readText("/proc/self/limits").match(/^Max open files +(\\d+)/m)[1]);
    print([native.waitpid === undefined, native.username(4294967294)]);
    const { type: none } = native.stat("/");
    print(none);
    print("\\ud800x" + native.readlink("/proc/self/cwd").slice(0, 1));
    native.mkdir(file + "\\ud800", 0o700);
    print(native.readdir(file.slice(0, file.lastIndexOf("/"))).includes("file\\ufffd"));`;
  const printed = await run(t, body);
  assert.deepEqual(printed, [
    [...Buffer.from("tö\0😀"), 255, 128],
    true,
    { type: "file", mode: 0o640, size: 10 },
    "bigint",
    "64",
    [false, null],
    "dir",
    "\ud800x/",
    true,
  ]);
});

test("UTF-8 is decoded as the web's TextDecoder does", { skip }, async (t) => {
  const cases = [
    [0x61, 0xc3, 0xb6, 0xf0, 0x9f, 0x98, 0x80],
    [0xff, 0x61],
    [0xc0, 0xaf],
    [0xe2, 0x82],
    [0xe2, 0x82, 0x61],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf0, 0x80, 0x80, 0x80],
    [0xf1, 0x80, 0x80, 0xe1, 0x80, 0xc2, 0x62, 0x80, 0x63],
    [0xef, 0xbb, 0xbf, 0x61],
  ];
  const body = `
    for (const bytes of ${JSON.stringify(cases)}) {
      let strict = "refused";
      try { strict = tsrunc.decode(new Uint8Array(bytes), true); } catch (error) { if (!(error instanceof TypeError)) throw error; }
      print([tsrunc.decode(new Uint8Array(bytes), false), strict]);
    }
    print([...tsrunc.encode("a\\u00f6\\u{1F600}\\ud800")]);`;
  const expected = cases.map((bytes) => {
    const text = (fatal: boolean): string => new TextDecoder("utf-8", { fatal, ignoreBOM: true }).decode(new Uint8Array(bytes));
    let strict = "refused";
    try {
      strict = text(true);
    } catch {
      // Refused by Node too.
    }
    return [text(false), strict];
  });
  assert.deepEqual(await run(t, body), [...expected, [...Buffer.from("aö😀\ufffd")]]);
});

test("arguments and variables, also those that are no UTF-8 or have no sense", { skip }, async (t) => {
  const body = `
    print(tsrunc.argv());
    const env = Object.create(null);
    tsrunc.environment(env);
    print(Object.entries(env));
    print(tsrunc.record().split(";").at(-1).endsWith("/program"));`;
  const printed = await run(t, body, ["--flag", "ö", ""], { A: "1", __proto__x: "2", EMPTY: "", UNI: "ö" });
  assert.deepEqual(printed, [
    ["--flag", "ö", ""],
    [
      ["A", "1"],
      ["__proto__x", "2"],
      ["EMPTY", ""],
      ["UNI", "ö"],
    ],
    true,
  ]);
});

test("what JSON.parse reads as our own reader does is told by its text", { skip }, async (t) => {
  const nest = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  const plain = ['{"a":[1,-2,"x\\n",true,null]}', "123456789012345", nest(maxDepth), `[${Array(1000).fill("[]").join()}]`];
  const odd = [nest(maxDepth + 1), "1234567890123456", "1.5", "1e3", "-01", '"\\u0000"', '"\\x41"', '"open'];
  const body = `for (const text of ${JSON.stringify([...plain, ...odd])}) print(tsrunc.isPlainJson(tsrunc.encode(text)));`;
  assert.deepEqual(await run(t, body), [...plain.map(() => true), ...odd.map(() => false)]);
});

test("the top level cannot ask how the program was called", { skip }, async (t) => {
  const body = `print(early);`;
  const early = `let early = []; for (const name of ["argv", "record", "environment"]) { try { tsrunc[name]({}); } catch (error) { early.push(error.message.includes("only known in main")); } }`;
  assert.deepEqual(await run(t, `} ); ${early} tsrunc.start(async () => { ${body}`), [[true, true, true]]);
});

test("steps are encoded as TypeScript encodes them", { skip }, async (t) => {
  const asked: { rows: Rows; segments: readonly Segment[]; expected: string }[] = [];
  for (const name of caseNames()) {
    for (const host of observation(name).hosts ?? (["hybrid"] as const)) {
      const given = { rows: {} as Rows, segments: [] as readonly Segment[] };
      const blob = encodePlan(compileCreate(createInput(name, hosts[host])), (rows, segments) => {
        Object.assign(given, { rows, segments });
        return null;
      });
      asked.push({ ...given, expected: Buffer.from(blob).toString("hex") });
    }
  }
  const file = new Scratch(t).path("asked.json");
  const written = (_: string, value: unknown): unknown =>
    typeof value === "bigint" ? { $bigint: String(value) } : value instanceof Uint8Array ? { $bytes: [...value] } : value;
  writeFileSync(file, JSON.stringify(asked, written));
  const body = `
    const read = (_, value) => value?.$bytes ? Uint8Array.from(value.$bytes) : value?.$bigint ? BigInt(value.$bigint) : value;
    for (const { rows, segments } of JSON.parse(native.readText(${JSON.stringify(file)}), read)) {
      const blob = tsrunc.encodeSteps(rows, segments);
      print(blob && Array.from(blob, (byte) => byte.toString(16).padStart(2, "0")).join(""));
    }`;
  const printed = await run(t, body);
  for (const [index, { rows, segments, expected }] of asked.entries()) {
    const verbs = segments.flatMap(({ who, steps }) => (who === "child" ? steps : [])).flatMap(({ op, orElse }) => [op, orElse ?? op]);
    assert.equal(printed[index], verbs.every(({ verb }) => verb in rows) ? expected : null);
  }
  assert.ok(printed.filter((one) => one !== null).length > 40);
});
