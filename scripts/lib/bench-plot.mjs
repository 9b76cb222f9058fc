// The plot of docs/performance.md: for each row the ratio to crun of each runtime, on a logarithmic axis, and the target.
const kinds = {
  "tsrunc-static": { colour: "#d1495b", text: "tsrunc-static" },
  tsrunc: { colour: "#2f7fc1", text: "tsrunc (Node)" },
  runc: { colour: "#8a8f98", text: "runc" },
  floor: { colour: "#3d9a5f", text: "the kernel alone" },
};

const left = 400;
const width = 560;
const right = 40;
const rowHeight = 24;
const top = 84;

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; } .paper { fill: #ffffff; } .line { stroke: #d5d9de; } .one { stroke: #1f2328; stroke-width: 1.5; } .small { font-size: 11px; fill: #59636e; }
.target { stroke: #b58900; stroke-width: 3; } .band { fill: #f4f6f8; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .paper { fill: #0d1117; } .line { stroke: #30363d; } .one { stroke: #e6edf3; } .small { fill: #9198a1; } .band { fill: #151b23; }
  .target { stroke: #e3b341; }
}
</style>`;

/** Powers of two that hold all ratios. */
function axisOf(ratios) {
  const exponents = ratios.map((value) => Math.log2(value));
  const low = Math.min(-2, Math.floor(Math.min(...exponents)));
  const high = Math.max(2, Math.ceil(Math.max(...exponents)));
  const x = (ratio) => left + ((Math.log2(ratio) - low) / (high - low)) * width;
  return { x, ticks: Array.from({ length: high - low + 1 }, (_, i) => 2 ** (low + i)) };
}

function legend(names) {
  const entries = [...names.map((name) => [kinds[name].text, `<circle r="5" fill="${kinds[name].colour}"/>`])];
  entries.push(["target", '<line class="target" y1="-7" y2="7"/>']);
  let at = left;
  return entries
    .map(([text, mark]) => {
      const part = `<g transform="translate(${at} 46)">${mark}<text x="11" y="4">${text}</text></g>`;
      at += 40 + text.length * 7.2;
      return part;
    })
    .join("\n");
}

function rowMarks(row, i, axis, names, target) {
  const y = top + i * rowHeight + rowHeight / 2;
  const band =
    i % 2 === 0 ? `<rect class="band" x="0" y="${y - rowHeight / 2}" width="${left + width + right}" height="${rowHeight}"/>` : "";
  const dots = names
    .filter((name) => row.ratios[name] !== undefined)
    .map((name) => {
      const title = `<title>${escape(kinds[name].text)}: ${row.ratios[name].toFixed(2)} of crun</title>`;
      return `<circle cx="${axis.x(row.ratios[name]).toFixed(1)}" cy="${y}" r="5" fill="${kinds[name].colour}">${title}</circle>`;
    });
  const tick =
    target === undefined
      ? ""
      : `<line class="target" x1="${axis.x(target).toFixed(1)}" x2="${axis.x(target).toFixed(1)}" y1="${y - 9}" y2="${y + 9}"/>`;
  return {
    band,
    marks: `<text x="${left - 14}" y="${y + 4}" text-anchor="end">${escape(row.label.replaceAll("`", ""))}</text>\n${tick}${dots.join("")}`,
  };
}

/** The SVG as text; `rows` without a figure of crun are left out. */
export function plot({ rows, targets, machine }) {
  const shown = rows
    .filter((row) => row.figures.crun?.value > 0)
    .map((row) => ({
      ...row,
      ratios: Object.fromEntries(
        Object.keys(kinds)
          .map((name) => [name, row.figures[name]?.value / row.figures.crun.value])
          .filter(([, value]) => Number.isFinite(value) && value > 0),
      ),
    }))
    .filter((row) => Object.keys(row.ratios).length > 0);
  const axis = axisOf(shown.flatMap((row) => Object.values(row.ratios)));
  const names = Object.keys(kinds).filter((name) => shown.some((row) => row.ratios[name] !== undefined));
  const limits = Object.fromEntries(targets.filter(({ against }) => against === "crun").map(({ row, limit }) => [row, limit]));
  const bottom = top + shown.length * rowHeight;
  const marks = shown.map((row, i) => rowMarks(row, i, axis, names, limits[row.name]));
  const grid = axis.ticks.map((tick) => {
    const at = axis.x(tick).toFixed(1);
    const text = tick < 1 ? `1/${1 / tick}` : String(tick);
    return `<line class="${tick === 1 ? "one" : "line"}" x1="${at}" x2="${at}" y1="${top - 4}" y2="${bottom + 4}"/><text class="small" x="${at}" y="${top - 10}" text-anchor="middle">${text}</text>`;
  });
  const size = `width="${left + width + right}" height="${bottom + 40}" viewBox="0 0 ${left + width + right} ${bottom + 40}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="Ratios to crun">
${style}
<rect class="paper" width="100%" height="100%"/>
<text x="${left}" y="24" class="title">Ratio to crun (1 = crun; to the left is less time or memory)</text>
${legend(names)}
${marks.map(({ band }) => band).join("")}
${grid.join("\n")}
${marks.map((row) => row.marks).join("\n")}
<text class="small" x="12" y="${bottom + 28}">${escape(machine)}</text>
</svg>
`;
}
