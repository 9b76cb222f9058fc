// A plan for people, a line a step, and for machines.
import { errnoName } from "../errors/errno.js";
import { printable } from "../errors/printable.js";
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
  const rows = plan.steps.map((step): Row => ({
    who: step.who,
    id: printable(step.id),
    text: printable(stepText(step)),
    at: printable(step.at),
  }));
  // No spread: a plan may have more steps than a call takes arguments.
  const width = { id: 0, text: 0 };
  for (const row of rows) {
    width.id = Math.max(width.id, Math.min(WIDEST.id, row.id.length));
    width.text = Math.max(width.text, Math.min(WIDEST.text, row.text.length));
  }
  return rows.map((row) => renderLine(row, width, color)).join("");
}

interface Row {
  readonly who: Step["who"];
  readonly id: string;
  readonly text: string;
  readonly at: string;
}

function renderLine({ who, id, text, at }: Row, width: { id: number; text: number }, color: boolean): string {
  const actor = who.padEnd(7);
  const [paintedActor, paintedAt] = color ? [`${actorColors[who]}${actor}${reset}`, `${dim}${at}${reset}`] : [actor, at];
  return `${paintedActor}  ${id.padEnd(width.id)}  ${text.padEnd(width.text)}  ${paintedAt}\n`;
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
