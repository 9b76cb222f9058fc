// A table as Go's tabwriter prints it for runc: columns of at least 12, 3 spaces between, the last one ragged.

const MIN_WIDTH = 12;
const PADDING = 3;

/** Width in code points, as tabwriter counts. Only a surrogate pair is shorter than its string: nearly no cell of a thousand has one. */
const width = (cell: string): number => (/[\ud800-\udbff]/.test(cell) ? [...cell].length : cell.length);

export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? MIN_WIDTH, width(cell) + PADDING)));
  return rows.map((row) => `${row.map((cell, column) => pad(cell, column, row.length, widths)).join("")}\n`).join("");
}

function pad(cell: string, column: number, columns: number, widths: readonly number[]): string {
  // padEnd counts UTF-16 units.
  return column === columns - 1 ? cell : cell.padEnd((widths[column] ?? 0) + cell.length - width(cell));
}
