// A plan for people, a line a step, and for machines.
import { errnoName } from "../errors/errno.js";
import { stringifyJson } from "../spec/json.js";
import { describeOp } from "./describe.js";
import type { Op, Plan, Step } from "./types.js";

export interface RenderOptions {
  /** ANSI colours: for a terminal only. */
  readonly color?: boolean;
}

/** Beyond it a column does not push those to its right any further. */
const WIDEST = { id: 34, text: 96 } as const;

const actorColors = { runtime: "\u001b[34m", stage: "\u001b[35m", init: "\u001b[32m" } as const;
const dim = "\u001b[2m";
const reset = "\u001b[0m";

/** `runtime  mounts/3/bind  bind /srv on /data (ro)  /mounts/3`, a line a step, aligned, with a newline at the end of each. */
export function renderText(plan: Plan, { color = false }: RenderOptions = {}): string {
  const rows = plan.steps.map((step) => ({ step, text: stepText(step) }));
  const id = Math.min(WIDEST.id, Math.max(0, ...rows.map(({ step }) => step.id.length)));
  const text = Math.min(WIDEST.text, Math.max(0, ...rows.map((row) => row.text.length)));
  return rows.map((row) => renderLine(row.step, row.text, { id, text }, color)).join("");
}

function renderLine(step: Step, text: string, width: { id: number; text: number }, color: boolean): string {
  const actor = step.who.padEnd(7);
  const [paintedActor, paintedAt] = color ? [`${actorColors[step.who]}${actor}${reset}`, `${dim}${step.at}${reset}`] : [actor, step.at];
  return `${paintedActor}  ${step.id.padEnd(width.id)}  ${text.padEnd(width.text)}  ${paintedAt}\n`;
}

function stepText({ op, tolerate, orElse }: Step): string {
  const fallback = orElse === undefined ? "" : `, or else ${describeOp(orElse)}`;
  const ignored =
    tolerate === undefined || tolerate.length === 0
      ? ""
      : `; ${tolerate.map(errnoName).join(", ")} ${tolerate.length === 1 ? "is" : "are"} fine`;
  return `${describeOp(op)}${fallback}${ignored}`;
}

/** `{command, id, steps}` (spec-schemas/plan.json): bytes as base64, 64-bit integers as plain integers; a newline at the end. */
export function renderJson(plan: Plan): string {
  const steps = plan.steps.map(({ id, at, who, op, tolerate, orElse }) => ({
    id,
    at,
    who,
    op: jsonOp(op),
    ...(tolerate && { tolerate }),
    ...(orElse && { orElse: jsonOp(orElse) }),
  }));
  return `${stringifyJson({ command: plan.command, id: plan.id, steps }, 2)}\n`;
}

function jsonOp(op: Op): Record<string, unknown> {
  return Object.fromEntries(Object.entries(op).map(([name, value]) => [name, value instanceof Uint8Array ? base64(value) : value]));
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** RFC 4648, with padding. Not every host has btoa or Buffer. */
function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const group = bytes.subarray(at, at + 3);
    const bits = ((group[0] ?? 0) << 16) | ((group[1] ?? 0) << 8) | (group[2] ?? 0);
    for (let digit = 0; digit < 4; digit += 1) {
      text += digit <= group.length ? base64Digits[(bits >> (18 - 6 * digit)) & 63] : "=";
    }
  }
  return text;
}
