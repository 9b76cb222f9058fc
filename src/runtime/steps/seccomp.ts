// Seccomp: the filter of a profile, compiled or from the cache.
import type { Op } from "../../plan/types.js";
import { seccompRequest, type SeccompProfile, TRANSLATION } from "../../seccomp/translate.js";
import { parseJson } from "../../spec/json.js";
import { type Execution, fillSlot } from "../execution.js";

/** In the root of all state; the "~" cannot be in a container's id (checkId). */
const CACHE = ".seccomp~cache";

export function connectAgent(op: Op<"seccomp.connect">, run: Execution): void {
  fillSlot(run, op.slot, run.context.native.connectUnix(op.path));
}

export function compileSeccomp(op: Op<"seccomp.compile">, run: Execution): void {
  const { native, root } = run.context;
  const directory = `${root.path}/${CACHE}`;
  const key = `${TRANSLATION}\n${op.profile}`;
  let filter = native.seccompLookup(directory, key);
  if (filter.length === 0) {
    // Only now: in an interpreter the translation alone takes a millisecond.
    const plain = native.isPlainJson?.(new TextEncoder().encode(op.profile));
    const profile = parseJson(op.profile, "linux.seccomp", plain) as SeccompProfile;
    filter = native.seccompCompile(JSON.stringify(seccompRequest(profile)));
    native.seccompStore(directory, key, filter);
  }
  fillSlot(run, op.slot, native.memfd("tsrunc-seccomp", filter));
}
