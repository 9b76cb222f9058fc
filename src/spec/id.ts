import { TsruncError } from "../errors/errors.js";

/**
 * Refuses what is no container ID. It becomes the name of directories that `delete` removes recursively, so this runs before
 * any path is joined. Characters and message are runc's (survey 2.1).
 */
export function checkId(id: string): void {
  if (!isId(id) && !__TSRUNC_WEAK__?.["container-id"]) {
    throw new TsruncError("invalid container ID format", {
      object: id,
      hint: "an ID holds letters, digits, '_', '+', '-' and '.', and is neither '.' nor '..'",
    });
  }
}

export function isId(name: string): boolean {
  return /^[A-Za-z0-9_+.-]+$/.test(name) && name !== "." && name !== "..";
}
