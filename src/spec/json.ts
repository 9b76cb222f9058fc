// JSON with exact integers: JSON.parse alone turns a memory limit of 9223372036854775807 into 9223372036854775808 (survey 4.3).
import { readExact } from "./json-reader.js";
import { writeExact } from "./json-writer.js";

/** Integers of 64 bits: a number while it is a safe integer, else a bigint. */
export type Int64 = number | bigint;

/** How deep arrays and objects may nest; config.json needs 8. */
export const maxDepth = 128;

/**
 * Reads one JSON text (RFC 8259, nothing more). Integers beyond +-(2^53 - 1) become bigint, all other numbers stay number.
 * Of a repeated key the last one wins; `__proto__` is an ordinary key. Refused: NUL characters and lone surrogates in
 * strings (no kernel interface can take them), nesting deeper than `maxDepth`, numbers beyond the range of a double.
 * `plain`: it is known that JSON.parse reads it exactly, and that it does not nest deeper.
 * @throws TsruncError `fileName:line:column: what is wrong`
 */
export function parseJson(text: string, fileName = "JSON", plain = false): unknown {
  if (plain || !(hasBadEscape(text) || hasBadNumber(text))) {
    try {
      const value: unknown = JSON.parse(text);
      if (plain || isPlain(value, maxDepth)) return value;
    } catch {
      // The exact reader finds the position and the words.
    }
  }
  return readExact(text, fileName, maxDepth);
}

/** As JSON.stringify(value, null, indent), with a bigint written as a plain integer. */
export function stringifyJson(value: unknown, indent: string | number = ""): string {
  return writeExact(value, indent);
}

/**
 * An escaped NUL or surrogate, which JSON.parse lets pass, or an escape that is none in JSON, which QuickJS's does (`\x41`, `\u{41}`). The same
 * text behind an escaped backslash is no escape.
 */
function hasBadEscape(text: string): boolean {
  for (let at = text.indexOf("\\"); at >= 0; at = text.indexOf("\\", at + 2)) {
    const letter = text.charAt(at + 1);
    if (letter !== "u") {
      if (letter === "" || !'"\\/bfnrt'.includes(letter)) return true;
      continue;
    }
    const digits = text.slice(at + 2, at + 6);
    const code = /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : 0;
    if (code === 0 || (code >= 0xd800 && code < 0xe000)) return true;
  }
  return false;
}

/** `1.`, `1.e5` and `-01`, which QuickJS's JSON.parse takes. In a string they only send the file to the slower reader, which gives the same answer. */
function hasBadNumber(text: string): boolean {
  for (let at = text.indexOf("."); at >= 0; at = text.indexOf(".", at + 1)) {
    if (isDigit(text.charCodeAt(at - 1)) && ",]} \t\r\neE".includes(text.charAt(at + 1))) return true;
  }
  for (let at = text.indexOf("-0"); at >= 0; at = text.indexOf("-0", at + 2)) {
    if (isDigit(text.charCodeAt(at + 2)) && ":,[ \t\r\n".includes(text.charAt(at - 1))) return true;
  }
  return false;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** It has no more brackets than levels are allowed. What V8 reads at any depth would overflow the stack of whoever prints it. */
export function isShallow(text: string): boolean {
  const count = (bracket: string): number => text.split(bracket, maxDepth + 2).length - 1;
  return count("[") + count("{") <= maxDepth;
}

/**
 * JSON.parse has read it exactly, and it nests at most `left` deep: what is rounded is beyond 2^53, whether it was written as an integer, with
 * a fraction or with an exponent.
 */
function isPlain(value: unknown, left: number): boolean {
  if (typeof value === "number") return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  if (typeof value !== "object" || value === null) return true;
  if (left === 0) return false;
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (typeof item !== "string" && !isPlain(item, left - 1)) return false;
  }
  return true;
}
