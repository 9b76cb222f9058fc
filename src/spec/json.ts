// JSON with exact integers: JSON.parse alone turns a memory limit of 9223372036854775807 into 9223372036854775808 (survey 4.3).
import { readExact } from "./json-reader.js";
import { writeExact } from "./json-writer.js";

/** Integers of 64 bits: a number while it is a safe integer, else a bigint. */
export type Int64 = number | bigint;

/** How deep arrays and objects may nest; config.json needs 8. */
export const maxDepth = 128;

// What JSON.parse would get wrong or let pass: an integer of 16 digits or more, a fraction or exponent (its value may be a large
// integer), an escaped NUL, an escaped surrogate. A number literal always follows white space, ':', ',' or '['. The same
// text inside a string only sends the file to the slower reader, which gives the same answer.
const needsExact = /(?:^|[\s:,[])-?\d(?:\d{15}|\d*[.eE])|\\u(?:0000|[dD][89a-fA-F])/;

/**
 * Reads one JSON text (RFC 8259, nothing more). Integers beyond +-(2^53 - 1) become bigint, all other numbers stay number.
 * Of a repeated key the last one wins; `__proto__` is an ordinary key. Refused: NUL characters and lone surrogates in
 * strings (no kernel interface can take them), nesting deeper than `maxDepth`, numbers beyond the range of a double.
 * @throws TsruncError `fileName:line:column: what is wrong`
 */
export function parseJson(text: string, fileName = "JSON"): unknown {
  if (!needsExact.test(text)) {
    try {
      const value: unknown = JSON.parse(text);
      if (!deeperThan(value, maxDepth)) return value;
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

function deeperThan(value: unknown, left: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (left === 0) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object" && deeperThan(item, left - 1)) return true;
    return false;
  }
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === "object" && deeperThan(item, left - 1)) return true;
  }
  return false;
}
