// Of node:util, what debug uses.

/** debug's own functions are called by us, knowingly. */
export function deprecate<T>(what: T): T {
  return what;
}

export function inspect(value: unknown): string {
  return String(value);
}

/** src/log/trace.ts gives strings in which every % is doubled, as printf-style formats want it. */
export function formatWithOptions(_options: object, ...args: unknown[]): string {
  return args.map((argument) => String(argument).replaceAll("%%", "%")).join(" ");
}
