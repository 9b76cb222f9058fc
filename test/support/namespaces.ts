// A process that holds new namespaces for containers to join.
import { readlinkSync } from "node:fs";
import { startCommand, waitUntil } from "./command.js";

export type JoinableNamespace = "net" | "ipc" | "uts" | "pid";

export interface HeldNamespaces {
  readonly pid: number;
  path(name: JoinableNamespace): string;
  /** Link text (`net:[4026532]`) -> "joined". */
  readonly known: ReadonlyMap<string, string>;
  end(): void;
}

/** The pid namespace has a living init, so that it can be joined. The caller ends the process with `end`. */
export async function holdNamespaces(): Promise<HeldNamespaces> {
  const script = "ip link set lo up 2>/dev/null; echo ready; exec cat";
  // --fork: unshare stays outside of the pid namespace, whose init is the shell; it dies with unshare.
  const child = startCommand("unshare", ["--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "sh", "-c", script]);
  const pid = child.pid ?? 0;
  const end = () => void child.kill("SIGKILL");
  let ready = false;
  child.stdout?.on("data", () => (ready = true));
  await waitUntil("namespaces are there", () => ready);
  const file = (name: JoinableNamespace) => (name === "pid" ? "pid_for_children" : name);
  const path = (name: JoinableNamespace) => `/proc/${pid}/ns/${file(name)}`;
  const names: JoinableNamespace[] = ["net", "ipc", "uts", "pid"];
  return { pid, path, end, known: new Map(names.map((name) => [readlinkSync(path(name)), "joined"])) };
}
