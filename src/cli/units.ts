// Sizes as Go's units.RAMInBytes reads them: 512M, 1.5g, 64KiB, 1000000.

const POWERS: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/** Bytes, in powers of 1024; undefined for what is no size. */
export function parseSize(text: string): number | bigint | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text);
  if (match === null) return undefined;
  const [, number = "", unit = ""] = match;
  const power = POWERS[unit.toLowerCase()] ?? 0;
  if (number.includes(".")) return Math.trunc(Number(number) * 1024 ** power);
  const bytes = BigInt(number) * 1024n ** BigInt(power);
  if (bytes > 2n ** 63n - 1n) return undefined;
  return bytes <= Number.MAX_SAFE_INTEGER ? Number(bytes) : bytes;
}
