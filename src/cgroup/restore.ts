// How to write back what a cgroup file said: most take their own text, some print more than they take.

/**
 * The values to write, in order, so that `file` says again what it said before `written` went there. `effective`: what the file of that name said
 * then, of cpuset.cpus and cpuset.mems of v2.
 */
export function restoringValues(file: string, written: string, before: string, effective?: string): string[] {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const key = written.split(" ")[0] ?? "";
  const lines = before.split("\n").filter((line) => line !== "");
  const own = lines.find((line) => line.startsWith(`${key} `));
  if (name === "memory.oom_control") return [/^oom_kill_disable (\d)/m.exec(before)?.[1] ?? "0"];
  if (name === "io.max") return [own ?? `${key} rbps=max wbps=max riops=max wiops=max`];
  if (name === "rdma.max") return [own ?? `${key} hca_handle=max hca_object=max`];
  if (name === "io.weight" || name === "io.bfq.weight") return [key.includes(":") ? (own ?? `${key} default`) : plainWeight(before)];
  if (name === "net_prio.ifpriomap" || /^blkio\..*_device$/.test(name)) return [own ?? `${key} 0`];
  // A cpuset with processes in it does not become empty again (ENOSPC): what the empty one came to is the same, as long as those above it stay.
  if (lines.length === 0 && effective !== undefined && effective.trim() !== "") return [effective.trim()];
  // An empty list is written as an empty line: nothing at all would be no write.
  return lines.length === 0 ? ["\n"] : lines;
}

/** `default 100`, followed by those of devices, or the number alone. */
function plainWeight(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/^default /, "");
}
