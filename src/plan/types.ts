// The one intermediate form: plain immutable data. See docs/adr/0001-plan.md and optable.ts.
import type { Actor, FieldType, optable } from "./optable.js";

export type { Actor } from "./optable.js";

/** Integers of 64 bits: a number while it is a safe integer, else a bigint. */
export type Int64 = number | bigint;

export interface IdMap {
  readonly containerId: number;
  readonly hostId: number;
  readonly size: number;
}

interface FieldValue {
  u32: number;
  i32: number;
  u64: Int64;
  i64: Int64;
  bool: boolean;
  str: string;
  path: string;
  cpath: string;
  bytes: Uint8Array;
  strs: readonly string[];
  u64s: readonly Int64[];
  u32s: readonly number[];
  slot: number;
  idmaps: readonly IdMap[];
}

type Table = typeof optable;
export type OpName = keyof Table;

type Optional<F> = { [K in keyof F]: F[K] extends `${FieldType}?` ? K : never }[keyof F];
type Fields<F> = { readonly [K in Exclude<keyof F, Optional<F>>]: F[K] extends FieldType ? FieldValue[F[K]] : never } & {
  readonly [K in Optional<F>]?: F[K] extends `${infer T extends FieldType}?` ? FieldValue[T] | undefined : never;
};

/** One op: `verb` and the fields of its row. `Op<"mount.fs">` is one verb, `Op` any of them. */
export type Op<N extends OpName = OpName> = { [K in N]: { readonly verb: K } & Fields<Table[K]["fields"]> }[N];

export interface Step {
  /** A stable slug, unique in its plan: `mounts/3/bind`. */
  readonly id: string;
  /** Who asked: a JSON pointer in config.json (`/mounts/3`), `cli:--no-pivot`, or `default:/dev`. */
  readonly at: string;
  readonly who: Actor;
  readonly op: Op;
  /** errno numbers after which the plan goes on. */
  readonly tolerate?: readonly number[];
  /** Carried out once when `op` fails with an errno that is not tolerated. */
  readonly orElse?: Op;
  /** Of the runtime: carried out while init is still at the steps before it, which neither need it nor are hindered by it. */
  readonly beside?: true;
}

export type PlanCommand = "create" | "start" | "exec" | "update" | "delete" | "kill" | "checkpoint" | "restore" | "mounts";

export interface Plan {
  readonly command: PlanCommand;
  readonly id: string;
  readonly steps: readonly Step[];
}
