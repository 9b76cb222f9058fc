// Where something is in a JSON text. Computed only when an error is reported: reading a good file costs nothing.

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Line and column (both from 1, columns in characters) of an offset. */
export function lineColumn(text: string, offset: number): Position {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end >= 0 && end < offset; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  return { line, column: [...text.slice(start, offset)].length + 1 };
}

/**
 * Offset of the value that a JSON pointer (RFC 6901) names in `text`, which must be valid JSON; of a repeated key the last, as
 * the reader takes it. What is not there gives the innermost object or array that is.
 */
export function findPointer(text: string, pointer: string): number {
  const names = pointer.split("/").slice(1);
  let at = space(text, 0);
  for (const name of names) {
    const next = member(text, at, name.replace(/~1/g, "/").replace(/~0/g, "~"));
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

function member(text: string, at: number, name: string): number | undefined {
  const open = text.charAt(at);
  if (open !== "{" && open !== "[") return undefined;
  let found: number | undefined;
  let i = space(text, at + 1);
  for (let index = 0; i < text.length && text.charAt(i) !== "}" && text.charAt(i) !== "]"; index++) {
    let key = String(index);
    if (open === "{") {
      const end = skip(text, i);
      key = JSON.parse(text.slice(i, end)) as string;
      i = space(text, space(text, end) + 1);
    }
    if (key === name) found = i;
    i = space(text, skip(text, i));
    if (text.charAt(i) === ",") i = space(text, i + 1);
  }
  return found;
}

/** The offset behind the value at `at`. */
function skip(text: string, at: number): number {
  const code = text.charAt(at);
  if (code === '"') return skipString(text, at);
  if (code !== "{" && code !== "[") return at + (/^[^\s,\]}]*/.exec(text.slice(at, at + 500)) as RegExpExecArray)[0].length;
  let depth = 0;
  for (let i = at; i < text.length;) {
    const next = text.charAt(i);
    if (next === '"') {
      i = skipString(text, i);
      continue;
    }
    i++;
    if (next === "{" || next === "[") depth++;
    else if ((next === "}" || next === "]") && --depth === 0) return i;
  }
  return text.length;
}

function skipString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charAt(i);
    if (code === "\\") i++;
    else if (code === '"') return i + 1;
  }
  return text.length;
}

function space(text: string, at: number): number {
  while (" \n\r\t".includes(text.charAt(at)) && at < text.length) at++;
  return at;
}
