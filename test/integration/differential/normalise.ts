// Takes out of a probe's sections what differs from run to run: pids, mount ids, device numbers of anonymous file systems,
// numbers of pipes and namespaces. What is left must be the same under every runtime.
import { readlinkSync } from "node:fs";
import type { Sections } from "../../support/probe.js";

const statusKeys = new Set(
  (
    "Umask Uid Gid Groups NStgid NSpid NSpgid NSsid Threads SigPnd ShdPnd SigBlk SigIgn SigCgt CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs " +
    "Seccomp Seccomp_filters Speculation_Store_Bypass SpeculationIndirectBranch Cpus_allowed_list Mems_allowed_list CoreDumping TracerPid THP_enabled"
  ).split(" "),
);

/** Numbers by first appearance: the same thing twice keeps being the same thing. */
function numbering(prefix: string): (value: string) => string {
  const seen = new Map<string, number>();
  return (value) => {
    if (!seen.has(value)) seen.set(value, seen.size + 1);
    return `${prefix}${seen.get(value)}`;
  };
}

function mountinfo(lines: readonly string[]): string[] {
  const ids = new Map(lines.map((line, index) => [line.split(" ")[0] ?? "", index]));
  const device = numbering("dev");
  const peers = numbering("peers");
  return lines.map((line) => {
    const [, parent = "", number = "", root, point, options, ...rest] = line.split(" ");
    const dash = rest.indexOf("-");
    const propagation = rest.slice(0, dash).map((field) => field.replace(/:(\d+)$/, (_match, id: string) => `:${peers(id)}`));
    const at = ids.has(parent) ? `on ${lines[ids.get(parent) ?? 0]?.split(" ")[4]}` : "on top";
    // The tmpfs over a masked directory: runc 1.1.5 mounts one for each, newer ones and tsrunc bind the first (compatibility.md).
    const isMask = root === "/" && / - tmpfs tmpfs ro(,uid=\d+,gid=\d+)?(,inode(32|64))?$/.test(line);
    const where = isMask ? "mask" : number.startsWith("0:") ? device(number) : number;
    return [point, at, `root=${root}`, where, options, ...propagation, ...rest.slice(dash)].join(" ");
  });
}

function status(lines: readonly string[], pid: string): string[] {
  return lines
    .map((line) => line.split(/:\s*/))
    .filter(([key = ""]) => statusKeys.has(key))
    .map(([key = "", value = ""]) => `${key} ${/^NS/.test(key) ? relativePid(value.trim(), pid) : value.trim()}`);
}

/** 0 and 1 mean something in any pid namespace; of others only whether it is the process's own. */
function relativePid(value: string, pid: string): string {
  return Number(value) <= 1 ? value : value === pid ? "PID" : "OTHER";
}

function processLines(lines: readonly string[], pid: string): string[] {
  return lines.map((line) => (line.startsWith("pid ") ? line.replaceAll(/\d+/g, (value) => relativePid(value, pid)) : line));
}

/** `known`: namespaces by their link text, such as those that the test made for joining. */
function namespaces(lines: readonly string[], known: ReadonlyMap<string, string>): string[] {
  return lines.map((line) => {
    const [name = "", link = ""] = line.split(" ");
    const kind = name.replace("_for_children", "");
    return `${name} ${known.get(link) ?? (link === readlinkSync(`/proc/self/ns/${kind}`) ? "host" : "new")}`;
  });
}

const numbers = (line: string) => line.replaceAll(/\b(pipe|socket):\[\d+\]/g, "$1").replaceAll(/anon_inode:\[?(\w+)\]?/g, "anon_inode:$1");

export function normalise(sections: Sections, known: ReadonlyMap<string, string>): Record<string, string[]> {
  const pid = /^pid (\d+)/.exec(sections["process"]?.[0] ?? "")?.[1] ?? "";
  const result: Record<string, string[]> = {};
  for (const [name, lines] of Object.entries(sections)) {
    if (name === "mountinfo") result[name] = mountinfo(lines);
    else if (name === "status") result[name] = status(lines, pid);
    else if (name === "process") result[name] = processLines(lines, pid);
    else if (name === "namespaces") result[name] = namespaces(lines, known);
    else result[name] = lines.map(numbers);
  }
  return result;
}
