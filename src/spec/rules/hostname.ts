import { type Finding, type Rule, hasNamespace } from "./rule.js";

// __NEW_UTS_LEN of the kernel, for both.
const longest = 64;

/** Without a namespace of its own the container would rename the host. */
export const hostname: Rule = (config) => {
  for (const name of ["hostname", "domainname"] as const) {
    const finding = check(name, config[name] ?? "", hasNamespace(config, "uts"));
    if (finding !== undefined) return finding;
  }
  return undefined;
};

function check(name: string, value: string, own: boolean): Finding | undefined {
  if (value === "") return undefined;
  if (!own) return { at: `/${name}`, message: `unable to set ${name} without a private UTS namespace` };
  const bytes = utf8Length(value);
  return bytes > longest ? { at: `/${name}`, message: `${name} has ${bytes} bytes, the kernel takes at most ${longest}` } : undefined;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
