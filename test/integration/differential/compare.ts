// Differences of two observations, line by line, and the list of those that have a reason.

export type Observation = Readonly<Record<string, readonly string[]>>;

export interface Difference {
  readonly section: string;
  /** "-" only the reference shows the line, "+" only the tested runtime does. */
  readonly sign: "-" | "+";
  readonly line: string;
}

/** An entry of allowed.json. `line` is a regular expression on sign and line together: `^\\+environ HOME=`. */
export interface Allowed {
  /** Named in docs/compatibility.md. */
  readonly id: string;
  /** The version where it shows; both when absent. */
  readonly cgroup?: 1 | 2;
  readonly section: string;
  readonly line: string;
  /** What the two runtimes' lines differ in: without it there must be the same line of the other runtime among the differences. */
  readonly apart?: string;
  /** Regular expression on the names of cases; all when absent. */
  readonly cases?: string;
  readonly reason: string;
}

/** The longest common subsequence decides what is a difference, so that a changed order is one too. */
function diffLines(section: string, before: readonly string[], after: readonly string[]): Difference[] {
  const length: number[][] = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  const at = (i: number, j: number) => length[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    const row = length[i] ?? [];
    for (let j = after.length - 1; j >= 0; j--)
      row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const found: Difference[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i++;
      j++;
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1))) {
      found.push({ section, sign: "-", line: before[i++] ?? "" });
    } else {
      found.push({ section, sign: "+", line: after[j++] ?? "" });
    }
  }
  return found;
}

/** Without a cgroup namespace cgroup v2 shows the containers of tests that run at the same time. */
const neighbour = /^\/sys\/fs\/cgroup\/tsrunc-test-/;
const linesOf = (seen: Observation, section: string): string[] => (seen[section] ?? []).filter((line) => !neighbour.test(line));

/** When only one refuses that is the one difference. */
export function compare(reference: Observation, tested: Observation): Difference[] {
  if ((reference["refused"] === undefined) !== (tested["refused"] === undefined)) {
    return [{ section: "refused", sign: reference["refused"] === undefined ? "+" : "-", line: "yes" }];
  }
  const sections = new Set([...Object.keys(reference), ...Object.keys(tested)]);
  return [...sections].flatMap((section) => diffLines(section, linesOf(reference, section), linesOf(tested, section)));
}

/** `all`: the differences of the same case. */
export function explain(
  difference: Difference,
  caseName: string,
  list: readonly Allowed[],
  all: readonly Difference[] = [],
): Allowed | undefined {
  return list.find(
    ({ section, line, cases, apart }) =>
      new RegExp(`^(?:${section})$`).test(difference.section) &&
      new RegExp(line).test(difference.sign + difference.line) &&
      (cases === undefined || new RegExp(cases).test(caseName)) &&
      (apart === undefined || hasCounterpart(difference, apart, all)),
  );
}

function hasCounterpart(difference: Difference, apart: string, all: readonly Difference[]): boolean {
  const rest = ({ line }: Difference) => line.replace(new RegExp(apart), "");
  return all.some((other) => other.section === difference.section && other.sign !== difference.sign && rest(other) === rest(difference));
}

export function print({ section, sign, line }: Difference): string {
  return `${sign} [${section}] ${line}`;
}
