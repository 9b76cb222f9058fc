import assert from "node:assert/strict";
import { test } from "node:test";
import { project } from "../../../src/plan/project.js";
import type { Op, Plan, Step } from "../../../src/plan/types.js";

const spawn: Op = { verb: "stage.spawn", preserveFds: 0 };
const save: Op = { verb: "store.save" };
const clone: Op = { verb: "process.clone", flags: 0 };
const session: Op = { verb: "session.new" };
const gate: Op = { verb: "gate.wait", slot: 0 };
const root: Op = { verb: "identity.root" };

function planOf(...steps: [Step["who"], Op][]): Plan {
  return { command: "create", id: "x", steps: steps.map(([who, op], index) => ({ id: String(index), at: "default:test", who, op })) };
}

/** "R0 R1" runs of the runtime, "C2-3!" runs of the child that end in a turn. */
function shape(plan: Plan): string[] {
  return project(plan).map((segment) => {
    const range = `${segment.first}-${segment.first + segment.steps.length - 1}`;
    if (segment.who === "runtime") return `R${range}`;
    assert.equal(segment.last, segment.first + segment.steps.length - 1);
    return `C${range}${segment.turn ? "!" : ""}`;
  });
}

test("sides alternate where `who` changes", () => {
  const plan = planOf(["runtime", spawn], ["stage", root], ["runtime", save], ["runtime", save], ["init", session]);
  assert.deepEqual(shape(plan), ["R0-0", "C1-1!", "R2-3", "C4-4"]);
});

test("process.clone ends a turn even when no step of the runtime follows", () => {
  assert.deepEqual(shape(planOf(["runtime", spawn], ["stage", root], ["stage", clone], ["init", session])), ["R0-0", "C1-2!", "C3-3"]);
});

test("the last turn is before gate.wait", () => {
  assert.deepEqual(shape(planOf(["init", session], ["init", session], ["init", gate], ["init", session])), ["C0-1!", "C2-3"]);
  assert.deepEqual(shape(planOf(["init", session], ["runtime", save], ["init", gate])), ["C0-0!", "R1-1", "C2-2"]);
});

test("every step is in exactly one segment, and a cut is where sides change or a turn ends", () => {
  const ops: [Step["who"], Op][] = [
    ["runtime", spawn],
    ["stage", root],
    ["stage", clone],
    ["init", session],
    ["init", gate],
  ];
  // All plans of five steps over this alphabet.
  for (let code = 0; code < ops.length ** 5; code++) {
    const steps = Array.from({ length: 5 }, (_, place) => ops[Math.floor(code / ops.length ** place) % ops.length] ?? ["runtime", save]);
    const plan = planOf(...(steps as [Step["who"], Op][]));
    const segments = project(plan);
    assert.deepEqual(
      segments.flatMap((segment) => segment.steps),
      plan.steps,
    );
    for (const [index, segment] of segments.entries()) {
      const verbs = segment.steps.map(({ op }) => op.verb);
      const next = segments[index + 1];
      assert.ok(segment.steps.every(({ who }) => (who === "runtime") === (segment.who === "runtime")));
      if (segment.who === "runtime") {
        assert.notEqual(next?.who, "runtime");
        continue;
      }
      assert.equal(segment.turn, next !== undefined || verbs.at(-1) === "process.clone");
      assert.ok(!verbs.slice(0, -1).includes("process.clone") && !verbs.slice(1).includes("gate.wait"));
      if (next?.who === "child") assert.ok(verbs.at(-1) === "process.clone" || next.steps[0]?.op.verb === "gate.wait");
    }
  }
});

test("a child is ahead of a turn of which all is beside it, and a child's step follows", () => {
  const ahead = (...steps: [Step["who"], Op, true?][]): boolean[] => {
    const plan = planOf(...steps.map(([who, op]): [Step["who"], Op] => [who, op]));
    const marked = plan.steps.map((step, index) => (steps[index]?.[2] ? { ...step, beside: true as const } : step));
    return project({ ...plan, steps: marked }).flatMap((segment) => (segment.who === "child" ? [segment.ahead] : []));
  };
  assert.deepEqual(ahead(["init", session], ["runtime", save, true], ["init", root]), [true, false]);
  assert.deepEqual(ahead(["init", session], ["runtime", save, true], ["runtime", save, true], ["init", root]), [true, false]);
  assert.deepEqual(ahead(["init", session], ["runtime", save, true], ["runtime", save], ["init", root]), [false, false]);
  assert.deepEqual(ahead(["init", session], ["runtime", save], ["runtime", save, true], ["init", root]), [false, false]);
  assert.deepEqual(ahead(["init", session], ["runtime", save, true]), [false]);
  assert.deepEqual(ahead(["init", session], ["init", gate]), [false, false]);
  // There is no init to go on before the stage has said what it cloned.
  assert.deepEqual(ahead(["stage", clone], ["runtime", save, true], ["stage", root]), [false, false]);
});

test("an empty plan has no segments", () => assert.deepEqual(project(planOf()), []));
