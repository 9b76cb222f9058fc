// The launch record as addon/launcher/record.h writes it: how we were called.
import type { LaunchRecord } from "./port.js";

/** Signal numbers of a set in hexadecimal, where bit n-1 stands for signal n. */
export function signalsOf(hexadecimal: string): number[] {
  const signals: number[] = [];
  // A digit is four signals; the last one is for 1 to 4. Few of them are not 0.
  for (let index = 0; index < hexadecimal.length; index++) {
    const digit = Number.parseInt(hexadecimal.charAt(hexadecimal.length - 1 - index), 16);
    for (let bit = 0; digit >> bit !== 0; bit++) if ((digit >> bit) & 1) signals.push(4 * index + bit + 1);
  }
  return signals;
}

/** "3,4,17" */
export function descriptorsOf(text: string): number[] {
  return text === "" ? [] : text.split(",").map(Number);
}

/** `1;soft;hard;umask;ignored;blocked;fds;argv0`, as addon/launcher/record.h says. */
export function parseRecord(text: string): LaunchRecord {
  const fields = text.split(";");
  const [version, soft = "", hard = "", umask = "", ignored = "", blocked = "", fds = ""] = fields;
  if (version !== "1" || fields.length < 8)
    throw new Error("TSRUNC_LAUNCH is not of this version: tsrunc and its files are not from one build");
  return {
    nofile: { soft: BigInt(soft), hard: BigInt(hard) },
    inheritedFds: descriptorsOf(fds),
    ignored: signalsOf(ignored),
    blocked: signalsOf(blocked),
    umask: Number.parseInt(umask, 16),
    // The only field in which a semicolon may occur.
    argv0: fields.slice(7).join(";"),
  };
}
