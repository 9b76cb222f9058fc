// What a program said in TAP (https://testanything.org), as the validation programs of runtime-tools write it: their own lines begin at the
// first column, the output of a container is indented below them.

/** {ok, notOk, skip, failures}: counts, and of each failure its text. A bail-out is a failure. */
export function parseTap(text) {
  const totals = { ok: 0, notOk: 0, skip: 0, failures: [] };
  for (const line of text.split("\n")) {
    if (/^Bail out!/.test(line)) totals.failures.push(line);
    const match = /^(not )?ok\b(?: \d+)?(?: -)?\s*([^#]*)(?:#\s*(\w*))?/.exec(line);
    if (match === null) continue;
    const [, not, description = "", directive = ""] = match;
    if (/^skip/i.test(directive)) totals.skip++;
    else if (not === undefined) totals.ok++;
    else if (!/^todo/i.test(directive)) {
      totals.notOk++;
      totals.failures.push(description.trim());
    }
  }
  return totals;
}
