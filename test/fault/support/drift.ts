// Whether something has grown while the load ran, on a machine that has other work to do meanwhile. A latency is divided by that of a command
// that does nothing, run in the same moments, and the trend of this ratio is what counts.
export interface Sample {
  readonly at: number;
  readonly ms: number;
}

/** How much something has grown from begin to end, as a part of its median, and the 95 % confidence interval of that (Theil 1950, Sen 1968). */
export interface Trend {
  readonly growth: number;
  readonly low: number;
  readonly high: number;
}

export interface Drift extends Trend {
  readonly count: number;
  /** Medians of the first and of the last tenth of the time, in ms. */
  readonly first: number;
  readonly last: number;
  /** The same as multiples of the control's median in the same tenth. */
  readonly firstRatio: number;
  readonly lastRatio: number;
}

/** Parts of the time, each with a median of its own. */
const SLICES = 30;
/** A slice in which a command came less often says nothing, nor does a trend of fewer points. */
const LEAST = 5;

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

type Point = readonly [x: number, y: number];

/** Of values along a time from 0 to 1. All NaN where there are too few of them. */
export function trend(points: readonly Point[]): Trend {
  const n = points.length;
  if (n < LEAST) return { growth: NaN, low: NaN, high: NaN };
  const slopes = points
    .flatMap(([x, y], at) => points.slice(at + 1).map(([otherX, otherY]) => (otherY - y) / (otherX - x)))
    .sort((a, b) => a - b);
  const middle = median(points.map(([, y]) => y));
  const half = 1.96 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (place: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(place)))] ?? NaN;
  return {
    growth: median(slopes) / middle,
    low: at((slopes.length - half) / 2 - 1) / middle,
    high: at((slopes.length + half) / 2) / middle,
  };
}

/** It has grown by more than a tenth, and that is no chance. */
export const grows = ({ growth, low }: Trend): boolean => growth > 0.1 && low > 0;

/** Latencies by part of the time from `begin` to `end`. */
function slices(samples: readonly Sample[], begin: number, end: number, count: number): number[][] {
  const parts = Array.from({ length: count }, (): number[] => []);
  for (const { at, ms } of samples) {
    const part = Math.floor(((at - begin) / (end - begin)) * count);
    parts[Math.min(count - 1, Math.max(0, part))]?.push(ms);
  }
  return parts;
}

const spanOf = (samples: readonly Sample[]): { readonly begin: number; readonly end: number } => ({
  begin: samples[0]?.at ?? 0,
  end: (samples.at(-1)?.at ?? 0) + 1,
});

/** Median latencies of each tenth of the time. */
export function tenths(samples: readonly Sample[]): number[] {
  const { begin, end } = spanOf(samples);
  return slices(samples, begin, end, 10).map(median);
}

/** Of one command's samples beside the control's. */
export function drift(samples: readonly Sample[], control: readonly Sample[]): Drift {
  const { begin, end } = spanOf(control);
  const [idleTenths, busyTenths] = [tenths(control), slices(samples, begin, end, 10).map(median)];
  const [first = NaN, last = NaN] = [busyTenths[0], busyTenths[9]];
  const idle = slices(control, begin, end, SLICES);
  const points = slices(samples, begin, end, SLICES)
    .map((part, at): Point => [at / (SLICES - 1), part.length < LEAST ? NaN : median(part) / median(idle[at] ?? [])])
    .filter(([, ratio]) => Number.isFinite(ratio));
  return {
    ...trend(points),
    count: samples.length,
    first,
    last,
    firstRatio: first / (idleTenths[0] ?? NaN),
    lastRatio: last / (idleTenths[9] ?? NaN),
  };
}
