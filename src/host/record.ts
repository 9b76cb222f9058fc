// The launch record as addon/launcher/record.h writes it: how we were called.
import type { LaunchRecord } from "./port.js";

/** Signal numbers of a set in hexadecimal, where bit n-1 stands for signal n. */
export function signalsOf(hexadecimal: string): number[] {
  const bits = BigInt(`0x${hexadecimal}`);
  if (bits === 0n) return [];
  return Array.from({ length: 64 }, (_, index) => index + 1).filter((signal) => (bits >> BigInt(signal - 1)) & 1n);
}

/** `1;soft;hard;umask;ignored;blocked;fds;argv0`, as addon/launcher/record.h says. */
export function parseRecord(text: string): LaunchRecord {
  const fields = text.split(";");
  const [version, soft = "", hard = "", umask = "", ignored = "", blocked = "", fds = ""] = fields;
  if (version !== "1" || fields.length < 8)
    throw new Error("TSRUNC_LAUNCH is not of this version: tsrunc and its files are not from one build");
  return {
    nofile: { soft: BigInt(soft), hard: BigInt(hard) },
    inheritedFds: fds === "" ? [] : fds.split(",").map(Number),
    ignored: signalsOf(ignored),
    blocked: signalsOf(blocked),
    umask: Number.parseInt(umask, 16),
    // The only field in which a semicolon may occur.
    argv0: fields.slice(7).join(";"),
  };
}
