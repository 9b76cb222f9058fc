// Signal names of Linux (signal(7)); numbers as on x86, arm and riscv.
import { TsruncError } from "../errors/errors.js";

const names =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";

const numbers = new Map<string, number>([
  ...names.split(" ").map((name, index): [string, number] => [name, index + 1]),
  ["IOT", 6],
  ["CLD", 17],
  ["POLL", 29],
]);

/** The C library keeps 32 and 33 for itself. */
const RTMIN = 34;
const RTMAX = 64;

export const SIGKILL = 9;
export const SIGTERM = 15;

/** A number, or a name in any case, with or without SIG, or RTMIN+n and RTMAX-n. 0 asks whether there is a process. */
export function parseSignal(text: string): number {
  const unknown = new TsruncError(`unknown signal "${text}"`);
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    if (number > RTMAX) throw unknown;
    return number;
  }
  const name = text.toUpperCase().replace(/^SIG/, "");
  const realtime = /^RT(?:MIN(?:\+(\d{1,2}))?|MAX(?:-(\d{1,2}))?)$/.exec(name);
  const number = realtime ? realtimeNumber(name, realtime) : numbers.get(name);
  if (number === undefined || number < 1 || number > RTMAX) throw unknown;
  return number;
}

function realtimeNumber(name: string, match: RegExpExecArray): number | undefined {
  const number = name.startsWith("RTMIN") ? RTMIN + Number(match[1] ?? 0) : RTMAX - Number(match[2] ?? 0);
  return number >= RTMIN ? number : undefined;
}
