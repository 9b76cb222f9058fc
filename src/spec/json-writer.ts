/** The text of `value` as JSON.stringify writes it; bigints, which that refuses, as plain integers. */
export function writeExact(value: unknown, indent: string | number): string {
  try {
    return JSON.stringify(value, null, indent) ?? "null";
  } catch (error) {
    // "Do not know how to serialize a BigInt"; a cycle ends in the writer below, by its own stack.
    if (!(error instanceof TypeError)) throw error;
  }
  const unit = typeof indent === "number" ? " ".repeat(indent) : indent;
  return write(value, unit, unit === "" ? "" : "\n") ?? "null";
}

/** `newline` is the line end and the indentation of the line that holds `value`; empty without indentation. */
function write(value: unknown, unit: string, newline: string): string | undefined {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = newline === "" ? "" : newline + unit;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[${inner}${value.map((item) => write(item, unit, inner) ?? "null").join("," + inner)}${newline}]`;
  }
  const colon = newline === "" ? ":" : ": ";
  const parts: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const text = write(item, unit, inner);
    if (text !== undefined) parts.push(JSON.stringify(key) + colon + text);
  }
  return parts.length === 0 ? "{}" : `{${inner}${parts.join("," + inner)}${newline}}`;
}
