// A plan with every encoded verb, written by encode.ts and read by the C++ decoder that tsrunc-init uses.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { encodePlan } from "../../../src/plan/encode.js";
import { type FieldType, optable } from "../../../src/plan/optable.js";
import type { Op, OpName, Plan, Step } from "../../../src/plan/types.js";
import { sourceRoot } from "../../support/paths.js";

let directory = "";

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "tsrunc-encode-"));
  const generator = (await import(pathToFileURL(join(sourceRoot, "scripts/gen-ops.mjs")).href)) as typeof GenOps;
  const header = generator.opsHeader(optable);
  writeFileSync(join(directory, "ops.gen.h"), header);
  const source = join(sourceRoot, "test/unit/plan/wire-dump.cc");
  const flags = ["-std=c++20", "-O0", `-I${join(sourceRoot, "addon")}`, `-I${directory}`];
  execFileSync(process.env["CXX"] ?? "c++", [...flags, source, "-o", join(directory, "wire-dump")]);
});

after(() => rmSync(directory, { recursive: true, force: true }));

declare namespace GenOps {
  function opsHeader(table: unknown): string;
  function opsDocument(table: unknown): string;
}

function decoded(blob: Uint8Array): unknown[] {
  const output = execFileSync(join(directory, "wire-dump"), { input: blob, encoding: "utf8" });
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

// Two values for each type: the extremes, and what is awkward to encode.
const samples: Record<FieldType, readonly [unknown, unknown]> = {
  u32: [0, 0xffffffff],
  i32: [-0x80000000, 0x7fffffff],
  u64: [0xffffffffffffffffn, 2 ** 53 - 1],
  i64: [-0x8000000000000000n, 0x7fffffffffffffffn],
  bool: [true, false],
  str: ["", 'a "b" \\ \n ü € 𝄞'],
  path: ["/", "/a/ü"],
  cpath: ["/proc", ""],
  bytes: [new Uint8Array(), new Uint8Array([0, 255])],
  strs: [[], ["", "PATH=/bin", "€"]],
  u64s: [[], [0, 0xffffffffffffffffn]],
  u32s: [[], [0, 1, 0xffffffff]],
  slot: [0, 63],
  idmaps: [[], [{ containerId: 0, hostId: 0xfffffffe, size: 1 }]],
};

function sampleOp(verb: OpName, which: 0 | 1): Op {
  const op: Record<string, unknown> = { verb };
  for (const [name, type] of Object.entries<string>(optable[verb].fields)) {
    if (type.endsWith("?") && which === 0) continue;
    op[name] = samples[type.replace("?", "") as FieldType][which];
  }
  return op as unknown as Op;
}

/** As wire-dump prints it: integers are strings, what is absent is null. */
function printed(op: Op | undefined): unknown {
  if (op === undefined) return null;
  const out: Record<string, unknown> = { verb: op.verb };
  for (const name of Object.keys(optable[op.verb].fields)) out[name] = (op as unknown as Record<string, unknown>)[name] ?? null;
  return JSON.parse(
    JSON.stringify(out, (_, value: unknown) => (typeof value === "number" || typeof value === "bigint" ? value.toString() : value)),
  );
}

const verbs = (Object.keys(optable) as OpName[]).filter((verb) => optable[verb].code !== 0);

function allVerbs(): Plan {
  const steps = verbs.flatMap((verb): Step[] => {
    const who = optable[verb].who.some((actor) => actor === "stage") ? "stage" : "init";
    return [
      { id: `${verb}/first`, at: "default:test", who, op: sampleOp(verb, 0), tolerate: [2, 38], orElse: sampleOp(verb, 1) },
      { id: `${verb}/second`, at: "default:test", who, op: sampleOp(verb, 1) },
    ];
  });
  return { command: "create", id: "test", steps };
}

test("every verb survives the way to C++", () => {
  const plan = allVerbs();
  const steps = decoded(encodePlan(plan)) as Record<string, unknown>[];
  assert.equal(steps.length, plan.steps.length);
  plan.steps.forEach((step, index) => {
    const got = steps[index] ?? {};
    assert.deepEqual(got["op"], printed(step.op), step.id);
    assert.deepEqual(got["orElse"], printed(step.orElse), step.id);
    assert.deepEqual(got["tolerate"], (step.tolerate ?? []).map(String), step.id);
    assert.equal(got["index"], index);
    assert.equal(got["id"], step.id);
    assert.equal(got["who"], step.who === "stage" ? 1 : 2);
  });
});

test("the runtime's steps stay at home, indexes are those of the plan", () => {
  const plan: Plan = {
    command: "create",
    id: "test",
    steps: [
      { id: "a", at: "default:test", who: "runtime", op: { verb: "stage.spawn", preserveFds: 0 } },
      { id: "b", at: "default:test", who: "stage", op: { verb: "process.clone", flags: 0 } },
      { id: "c", at: "default:test", who: "runtime", op: { verb: "oom.write", value: 5 } },
      { id: "d", at: "default:test", who: "init", op: { verb: "session.new" } },
      { id: "e", at: "default:test", who: "init", op: { verb: "gate.wait", slot: 1 } },
    ],
  };
  const steps = decoded(encodePlan(plan)) as { id: string; index: number; turn: boolean }[];
  assert.deepEqual(
    steps.map(({ id, index, turn }) => [id, index, turn]),
    [
      ["b", 1, true],
      ["d", 3, true],
      ["e", 4, false],
    ],
  );
});

function planOf(op: Op, orElse?: Op): Plan {
  return { command: "create", id: "test", steps: [{ id: "x", at: "default:test", who: "init", op, ...(orElse && { orElse }) }] };
}

test("what does not fit is refused", () => {
  const bad: [Op, RegExp][] = [
    [{ verb: "uts.hostname", name: "a\0b" }, /NUL byte/],
    [{ verb: "uts.hostname", name: "\ud800" }, /surrogate/],
    [{ verb: "process.umask", mask: -1 }, /-1 does not fit u32/],
    [{ verb: "process.umask", mask: 0x100000000 }, /4294967296 does not fit u32/],
    [{ verb: "process.umask", mask: 1.5 }, /not an exact integer/],
    [{ verb: "ns.unshare", flags: 2 ** 53 }, /not an exact integer/],
    [{ verb: "ns.unshare", flags: 1n << 64n }, /does not fit u64/],
    [{ verb: "uts.hostname" } as Op, /has no field name/],
    [{ verb: "store.save" }, /carried out by the runtime only/],
  ];
  for (const [op, message] of bad) {
    assert.throws(() => encodePlan(planOf(op)), message);
    assert.throws(() => encodePlan(planOf({ verb: "session.new" }, op)), message);
  }
});

test("docs/ops.md is what the op table says", async () => {
  const generator = (await import(pathToFileURL(join(sourceRoot, "scripts/gen-ops.mjs")).href)) as typeof GenOps;
  assert.equal(readFileSync(join(sourceRoot, "docs/ops.md"), "utf8"), generator.opsDocument(optable));
});
