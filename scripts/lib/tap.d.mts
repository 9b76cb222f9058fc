export interface TapTotals {
  readonly ok: number;
  readonly notOk: number;
  readonly skip: number;
  /** The text of each failure. */
  readonly failures: readonly string[];
}

export declare function parseTap(text: string): TapTotals;
