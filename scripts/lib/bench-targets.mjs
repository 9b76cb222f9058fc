// What the figures have to reach. Each target is {row, text, value, limit}: met when value <= limit. A target whose rows were not measured is left out.
const ours = "tsrunc-static";
const MB = 1_000_000 / 1024;

function finder(rows) {
  return (name, runtime) => rows.find((row) => row.name === name)?.figures[runtime]?.value;
}

/** Rows `prefix-COUNT`, as [count, value] of a runtime, in ms. */
function growth(rows, prefix, runtime) {
  return rows
    .map((row) => [new RegExp(`^${prefix}-(\\d+)$`).exec(row.name)?.[1], row.figures[runtime]?.value])
    .filter(([count, value]) => count !== undefined && value !== undefined)
    .map(([count, value]) => [Number(count), value])
    .sort(([a], [b]) => a - b);
}

/** µs for each one more, between two points of `growth`. */
const slope = ([[fromCount, from], [toCount, to]]) => ((to - from) * 1000) / (toCount - fromCount);

function ratioTargets(at) {
  const limits = [
    ["run", "crun", 0.75],
    ["run", "runc", 0.25],
    ["cycle", "crun", 0.8],
    ["state", "crun", 0.6],
    ["exec", "crun", 0.8],
  ];
  const text = { run: "run", cycle: "five commands", state: "state", exec: "exec" };
  return ["", "-docker"].flatMap((variant) =>
    limits.map(([name, other, limit]) => ({
      row: name + variant,
      against: other,
      text: `${text[name]} to ${other}${variant && ", Docker's profile cached"}`,
      value: at(name + variant, ours) / at(name + variant, other),
      limit,
    })),
  );
}

/** Twice as much for each one more at the far end is not linear; below that it is the noise of the first, small difference. */
const linear = 2;

function growthTargets(rows) {
  return [
    ["mounts", "mount"],
    ["rules", "seccomp rule"],
    ["list", "container in list"],
  ].flatMap(([prefix, what]) => {
    const [mine, theirs] = [ours, "crun"].map((runtime) => growth(rows, prefix, runtime));
    if (mine.length < 2 || theirs.length < 2) return [];
    const [all, crun] = [mine, theirs].map((points) => slope([points[0], points.at(-1)]));
    const targets = [{ row: `${prefix}-${mine.at(-1)[0]}`, text: `µs for each ${what}, at most crun's`, value: all, limit: crun }];
    if (mine.length < 3) return targets;
    const value = slope(mine.slice(-2)) / slope(mine.slice(0, 2));
    // A first slope of nearly nothing, or below, is noise: what matters then is the last.
    return [...targets, { text: `growth by ${what}: last slope to first`, value: value > 0 ? value : 0, limit: linear }];
  });
}

export function targetsOf(rows) {
  const at = finder(rows);
  const states = growth(rows, "state-of", ours);
  const all = [
    ...ratioTargets(at),
    { row: "memory", text: "created container, kB", value: at("memory", ours), limit: 700 },
    { row: "limit", text: "smallest memory limit, kB, at most crun's", value: at("limit", ours), limit: at("limit", "crun") },
    ...growthTargets(rows),
    { text: "state: many containers to one", value: states.at(-1)?.[1] / states[0]?.[1], limit: 1.1 },
    {
      row: "run",
      text: "Node host: run to `node -e 0` + crun's run",
      value: at("run", "tsrunc") / (at("run", "node -e 0") + at("run", "crun")),
      limit: 1.5,
    },
    { row: "size", text: "size of the static executable, kB", value: at("size", ours), limit: Math.floor(6 * MB) },
  ];
  return all
    .filter(({ value, limit }) => Number.isFinite(value) && Number.isFinite(limit))
    .map((target) => ({ ...target, met: target.value <= target.limit }));
}
