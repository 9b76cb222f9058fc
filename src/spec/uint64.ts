/** The low 64 bits, as a number without sign. Not BigInt.asUintN(64, ...): that of QuickJS 2025-04-26 has a sign. */
export function toUint64(value: bigint): bigint {
  return value & 0xffff_ffff_ffff_ffffn;
}
