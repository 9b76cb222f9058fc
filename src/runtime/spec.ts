// `spec`: a config.json to start from.
import { TsruncError } from "../errors/errors.js";
import { readFacts } from "../host/facts.js";
import { stringifyJson } from "../spec/json.js";
import { specTemplate } from "../spec/template.js";
import { isErrno } from "../store/files.js";
import { absolutePath } from "../store/paths.js";
import type { Context } from "./context.js";

/** Never overwrites: somebody may have worked on the file. */
export function writeSpec(context: Context, bundle: string | undefined, rootless: boolean): void {
  const { native } = context;
  const facts = readFacts(native);
  const config = specTemplate({ rootless, euid: facts.euid, egid: facts.egid, cgroup2: facts.cgroup.mode === "v2" });
  const path = `${absolutePath(bundle ?? ".", context.cwd)}/config.json`;
  let fd: number;
  try {
    fd = native.open(path, ["write", "create", "excl"], 0o666);
  } catch (error) {
    throw isErrno(error, "EEXIST") ? new TsruncError("File config.json exists. Remove it first") : error;
  }
  try {
    native.write(fd, stringifyJson(config, "\t"));
  } finally {
    native.close(fd);
  }
}
