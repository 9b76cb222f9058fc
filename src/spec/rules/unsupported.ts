import type { Config } from "../config.js";
import type { Finding, Rule } from "./rule.js";

// Properties that this version does not carry out: refused by name, never forgotten. A value that asks for nothing passes.

interface Property {
  readonly at: string;
  /** What it would do. */
  readonly what: string;
  readonly asked: (config: Config) => boolean;
}

const properties: readonly Property[] = [
  { at: "/linux/resources/memory/kernel", what: "kernel memory limits", asked: ({ linux }) => (linux?.resources?.memory?.kernel ?? 0) > 0 },
  {
    at: "/linux/resources/memory/kernelTCP",
    what: "kernel memory limits",
    asked: ({ linux }) => (linux?.resources?.memory?.kernelTCP ?? 0) > 0,
  },
];

export const unsupported: Rule = (config) => {
  const property = properties.find(({ asked }) => asked(config));
  return property === undefined ? undefined : finding(property.at, property.what);
};

function finding(at: string, what: string): Finding {
  const name = at
    .split("/")
    .slice(1)
    .join(".")
    .replace(/\.(\d+)/g, "[$1]");
  return { at, message: `${name} is not supported by this version of tsrunc (${what})` };
}
