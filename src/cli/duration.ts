// Durations as Go writes them: 5s, 1.5h, 1m30s, 250ms.
import { UsageError } from "./argv.js";

const MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds. `flag` is for the message. */
export function parseDuration(flag: string, text: string): number {
  const [, sign, parts = ""] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (parts === "0") return 0;
  const wrong = (why: string): UsageError => new UsageError(`invalid value "${text}" for flag -${flag}: time: ${why} "${text}"`);
  if (/^(?:\d+\.?\d*|\.\d+)$/.test(parts)) throw wrong("missing unit in duration");
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(parts)) throw wrong("invalid duration");
  let total = 0;
  for (const [, number = "", unit = ""] of parts.matchAll(/([\d.]+)(\D+)/g)) total += Number(number) * (MS[unit] ?? 0);
  return sign === "-" ? -total : total;
}
