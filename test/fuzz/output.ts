// What every call of the executable must keep to, whatever it was given.
import { Finding } from "./target.js";

/** Words of a bug of ours, of an engine of JavaScript, of a sanitizer. */
const bug = /internal error|TypeError|RangeError|ReferenceError|SyntaxError|InternalError|Sanitizer|Segmentation|\n\s+at .*[:(]\d+/;

/** But for line ends. */
const control = /[^\P{Cc}\n]/u;

export interface Printed {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** It ended by itself, with success or with one line that says why not. */
export function checkPrinted(result: Printed, what: string): void {
  const { code, signal, stdout, stderr, timedOut } = result;
  const complain = (text: string): never => {
    throw new Finding(`${what}: ${text}\n${JSON.stringify({ code, signal, stderr: stderr.slice(0, 2000), stdout: stdout.slice(0, 500) })}`);
  };
  if (timedOut) complain("no end");
  if (code === null) complain(`killed by ${signal}`);
  if (bug.test(stderr)) complain("a bug of ours");
  if (control.test(stderr)) complain("control characters on stderr");
  const lines = stderr.split("\n").filter((line) => line !== "").length;
  if (code !== 0 && lines !== 1) complain(`${lines} lines on stderr`);
}
