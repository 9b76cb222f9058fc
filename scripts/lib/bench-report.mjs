// The benchmark's result as text: a table for the terminal, and the same as Markdown between two marks of docs/performance.md.
import { readFileSync, writeFileSync } from "node:fs";

const order = ["floor", "tsrunc-static", "tsrunc", "crun", "crun-static", "runc"];

export function runtimesOf(rows) {
  const names = new Set(rows.flatMap((row) => Object.keys(row.figures)));
  names.delete("node -e 0");
  const rank = (name) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
  return [...names].sort((a, b) => rank(a) - rank(b));
}

const digits = (value) => (value >= 1000 ? 0 : value >= 100 ? 1 : 2);
export const number = (value) => (value === undefined ? "" : Number.isFinite(value) ? value.toFixed(digits(value)) : "none");
const ratio = (row, a, b) => {
  const value = row.figures[a]?.value / row.figures[b]?.value;
  return Number.isFinite(value) ? value.toFixed(2) : "";
};

/** The row of ± is the largest of its runtimes: half the distance between the quartiles. */
function spreadOf(row) {
  const spreads = Object.values(row.figures).flatMap(({ spread }) => (spread === undefined ? [] : [spread]));
  return spreads.length === 0 ? "" : `±${(Math.max(...spreads) * 100).toFixed(0)}%`;
}

function tableOf(rows) {
  const runtimes = runtimesOf(rows);
  const ours = runtimes.includes("tsrunc-static") ? "tsrunc-static" : "tsrunc";
  const ratios = [
    ["crun", ours, "crun"],
    ["runc", ours, "runc"],
    ["floor", ours, "floor"],
  ].filter(([, , other]) => runtimes.includes(other));
  const head = ["", "unit", ...runtimes, "spread", ...ratios.map(([text]) => `${ours}:${text}`)];
  const body = rows.map((row) => [
    row.label,
    row.unit,
    ...runtimes.map((name) => number(row.figures[name]?.value)),
    spreadOf(row),
    ...ratios.map(([, a, b]) => ratio(row, a, b)),
  ]);
  return [head, ...body];
}

const met = (target) => (target.met ? "met" : "not met");

export function printReport({ rows, targets, machine, notes }) {
  const table = tableOf(rows);
  const widths = table[0].map((_, column) => Math.max(...table.map((line) => line[column].length)));
  const lines = table.map((line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd(),
  );
  process.stdout.write(`\n${machine}\n\n${lines.join("\n")}\n`);
  const extra = rows.find((row) => row.figures["node -e 0"]);
  if (extra) process.stdout.write(`node -e 0: ${number(extra.figures["node -e 0"].value)} ms\n`);
  if (targets.length > 0) process.stdout.write("\ntargets\n");
  for (const target of targets) {
    process.stdout.write(
      `  ${target.text.padEnd(52)} ${number(target.value).padStart(8)}  at most ${number(target.limit).padStart(8)}  ${met(target)}\n`,
    );
  }
  for (const note of notes) process.stdout.write(`note: ${note}\n`);
}

const markdownTable = ([head, ...body]) => {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...body.map(line)].join("\n");
};

function markdown({ rows, targets, machine, notes }) {
  const node = rows.find((row) => row.figures["node -e 0"])?.figures["node -e 0"].value;
  const goals = [
    ["target", "measured", "at most", ""],
    ...targets.map((target) => [target.text, number(target.value), number(target.limit), met(target)]),
  ];
  const list = notes.map((note) => `* ${note}\n`).join("");
  const start = node === undefined ? "" : `\n\`node -e 0\`: ${number(node)} ms.\n`;
  return `${machine}\n\n${markdownTable(tableOf(rows))}\n${start}\n${markdownTable(goals)}\n${list && `\n${list}`}`;
}

/** Replaces what is between `<!-- results -->` and `<!-- /results -->`. */
export function writeDocument(path, result) {
  const text = readFileSync(path, "utf8");
  const parts = /^([\s\S]*<!-- results -->\n)[\s\S]*(<!-- \/results -->[\s\S]*)$/.exec(text);
  if (parts === null) throw new Error(`${path} has no <!-- results -->`);
  writeFileSync(path, `${parts[1]}${markdown(result)}${parts[2]}`);
}
