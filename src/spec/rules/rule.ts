import type { Facts } from "../../plan/facts.js";
import type { Config, Namespace, NamespaceType } from "../config.js";

export interface RuleContext {
  readonly facts: Facts;
  readonly id: string;
  readonly bundle: string;
  readonly noPivot: boolean;
}

/** What is wrong, and the JSON pointer of the property that must change. */
export interface Finding {
  readonly at: string;
  readonly message: string;
  readonly hint?: string;
}

/** Looks at a config.json that its schema accepts; the first finding ends the command. */
export type Rule = (config: Config, context: RuleContext) => Finding | undefined;

function namespaceOf(config: Config, type: NamespaceType): Namespace | undefined {
  return config.linux?.namespaces?.find((namespace) => namespace.type === type);
}

/** New or joined: the container does not share the runtime's namespace of this type. */
export function hasNamespace(config: Config, type: NamespaceType): boolean {
  return namespaceOf(config, type) !== undefined;
}

/** mount(2) takes CAP_SYS_ADMIN in the user namespace that the mount namespace belongs to. */
export function mayMount(config: Config, { euid }: Pick<Facts, "euid">): boolean {
  return hasNamespace(config, "mount") || (euid === 0 && !hasNamespace(config, "user"));
}

/** The namespace to join; undefined when it is new or shared. Engines write an empty path for a new one. */
export function namespacePath(config: Config, type: NamespaceType): string | undefined {
  const path = namespaceOf(config, type)?.path;
  return path === "" ? undefined : path;
}

/** The first finding that `check` has for an item of a list; `at` is the list's pointer. */
export function eachItem<T>(
  list: readonly T[] | undefined,
  at: string,
  check: (item: T, at: string, index: number) => Finding | undefined,
): Finding | undefined {
  if (list === undefined) return undefined;
  // No iterator: a profile has hundreds of items, each looked at by several rules.
  for (let index = 0; index < list.length; index++) {
    const finding = check(list[index] as T, `${at}/${index}`, index);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** A property name as part of a JSON pointer (RFC 6901). */
export function escapePointer(name: string): string {
  return name.replace(/~/g, "~0").replace(/\//g, "~1");
}

/** As Go prints a string with %q, so that messages are runc's. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Path without `.`, `..`, repeated and trailing slashes, taken from `/`; never looks at a file. */
export function cleanPath(path: string): string {
  if (isClean(path)) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Nearly all paths are: no list of parts for them. */
function isClean(path: string): boolean {
  return path.startsWith("/") && !path.includes("//") && !path.includes("/.") && (path.length === 1 || !path.endsWith("/"));
}
