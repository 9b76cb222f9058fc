// A table as Go's tabwriter prints it for runc: columns of at least 12, 3 spaces between, the last one ragged.

const MIN_WIDTH = 12;
const PADDING = 3;

/** Width in code points, as tabwriter counts. */
const width = (cell: string): number => [...cell].length;

export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(MIN_WIDTH, ...rows.map((row) => width(row[column] ?? "") + PADDING)),
  );
  return rows.map((row) => `${row.map((cell, column) => pad(cell, column, row.length, widths)).join("")}\n`).join("");
}

function pad(cell: string, column: number, columns: number, widths: readonly number[]): string {
  return column === columns - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - width(cell));
}
