// Read-only before masked: a masked path below a read-only one must end up masked.
import { type Pass, step } from "../context.js";
import type { Op, Step } from "../types.js";

export const readonlyPaths: Pass = ({ linux }) =>
  each(linux.readonlyPaths, "readonly-paths", "/linux/readonlyPaths", (path) => ({ verb: "path.readonly", path }));

export const maskedPaths: Pass = ({ linux }) =>
  each(linux.maskedPaths, "masked-paths", "/linux/maskedPaths", (path) => ({ verb: "path.mask", path }));

/** Engines list some paths twice; once is enough, and a second mask would only stack mounts. */
function each(paths: readonly string[] | undefined, id: string, at: string, op: (path: string) => Op): Step[] {
  return (paths ?? []).flatMap((path, index) =>
    paths?.indexOf(path) === index ? [step("init", `${id}/${index}`, `${at}/${index}`, op(path))] : [],
  );
}
