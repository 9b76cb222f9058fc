// Lists of CPUs and memory nodes: "0-3,7" (cpuset(7)).

/** The most that Linux can be built for: CONFIG_NR_CPUS on x86, MAX_NUMNODES (2^10) anywhere. */
const most = { CPU: 8192, node: 1024 } as const;

export type Numbered = keyof typeof most;

/** What is wrong with the list, as a sentence. */
export function listProblem(list: string, kind: Numbered): string | undefined {
  const wrong = (why: string): string => `invalid list of ${kind}s ${JSON.stringify(list)}: ${why}`;
  const parts = partsOf(list);
  if (parts.length === 0) return wrong("it names none");
  for (const part of parts) {
    const range = rangeOf(part);
    if (range === undefined) return wrong(`"${part}" is no ${kind} and no range`);
    if (range[0] > range[1]) return wrong(`the range "${part}" is the wrong way round`);
    if (range[1] >= most[kind]) return wrong(`${kind}s are numbered from 0 to ${most[kind] - 1}`);
  }
  return undefined;
}

/** First and last of each part, of a list without a problem. */
export function listRanges(list: string): [first: number, last: number][] {
  return partsOf(list).flatMap((part) => {
    const range = rangeOf(part);
    return range === undefined ? [] : [range];
  });
}

function partsOf(list: string): string[] {
  return list
    .split(",")
    .map((text) => text.trim())
    .filter((part) => part !== "");
}

function rangeOf(part: string): [number, number] | undefined {
  const match = /^(\d{1,9})(?:\s*-\s*(\d{1,9}))?$/.exec(part);
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? match[1])];
}
