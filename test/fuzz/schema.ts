// Values for a place of a JSON document, made from its schema: right ones, and ones that are wrong by a little.
import { leaf, type Tree } from "./json-tree.js";
import type { Random } from "../support/random.js";

export interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

const integers = [
  ...["0", "1", "-1", "2", "255", "256", "65535", "65536", "4096", "1000", "438", "2147483647", "2147483648", "-2147483648", "-2147483649"],
  ...["4294967295", "4294967296", "9007199254740991", "9007199254740992", "9007199254740993", "-9007199254740993"],
  ...[
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
  ],
  ...[
    "1e3",
    "1e19",
    "1.0",
    "0.5",
    "-0",
    "-0.0",
    "1e308",
    "1e309",
    "1e-400",
    "1.7976931348623157e308",
    "123456789012345678901234567890",
    "1E+2",
  ],
  ...["01", "+1", ".5", "1.", "1e", "0x10", "NaN", "Infinity", "-"],
];

const texts = [
  ...[
    "",
    "/",
    "//",
    ".",
    "..",
    "/..",
    "/../..",
    "a/../b",
    "/proc",
    "/proc/self",
    "/dev",
    "/dev/null",
    "/sys/fs/cgroup",
    "/tmp",
    "rootfs",
    "/a b",
    "-",
    "--",
  ],
  ...[
    "root",
    "nobody",
    "CAP_SYS_ADMIN",
    "CAP_NOT",
    "RLIMIT_NOFILE",
    "RLIMIT_CORE",
    "bind",
    "rbind",
    "ro",
    "rw",
    "size=1",
    "mode=0755",
    "idmap",
    "tmpcopyup",
  ],
  ...[
    "max",
    "0-3",
    "0-",
    "3-0",
    "0,,1",
    "64KB",
    "2MB",
    "a\nb",
    "a\tb",
    "\u001b[31mred",
    "\r",
    "\u0085",
    "\u200e",
    "\u0001",
    "\u007f",
    "\ufeff",
    "é",
    "😀",
    "%s%n",
    "%d",
  ],
  ...[
    "memory.max",
    "cgroup.procs",
    "../memory.max",
    "net.ipv4.ip_forward",
    "kernel.shm_rmid_forced",
    "kernel/domainname",
    "a=b",
    "=b",
    "A=",
    "PATH=/bin",
    "constructor",
  ],
  ...[
    "__proto__",
    "toString",
    "hasOwnProperty",
    "1.0.2",
    "1.3.0",
    "2.0.0",
    "1.0",
    "v1.0.0",
    "user.slice:tsrunc:a",
    ":::",
    "/user.slice/a.scope",
    "0:0:0",
    "a".repeat(255),
    "a".repeat(256),
  ],
  ...["x".repeat(4095), "x".repeat(4096), "x".repeat(70_000), "/" + "d/".repeat(2048)],
];

/** Escapes that JSON.stringify never writes. */
const oddStrings = [
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ud83d\\ude00"',
  '"\\x41"',
  '"\\u12"',
  '"\\/\\b\\f"',
  '"\\u002f"',
  '"',
  '"\\',
  '"\n"',
];

const others = [
  "null",
  "true",
  "false",
  "[]",
  "{}",
  "[[]]",
  "[null]",
  '{"":0}',
  '{"__proto__":null}',
  "nul",
  "undefined",
  "'a'",
  "/**/1",
  "",
];

export function anyInteger(random: Random): Tree {
  if (random.once(3)) return leaf(random.pick(integers));
  return leaf(String(random.once(4) ? -random.size(2 ** 31) : random.size(2 ** 40)));
}

export function anyText(random: Random, pool: readonly string[]): Tree {
  if (random.once(25)) return leaf(random.pick(oddStrings));
  const text = pool.length > 0 && !random.once(3) ? random.pick(pool) : random.pick(texts);
  if (!random.once(6)) return leaf(JSON.stringify(text));
  const at = random.below(text.length + 1);
  return leaf(
    JSON.stringify(
      text.slice(0, at) +
        random.pick([random.pick(texts), "/", ":", ".", ",", "=", "-", " ", "%", "\\", "0"]) +
        text.slice(at + random.below(3)),
    ),
  );
}

export function anything(random: Random, pool: readonly string[]): Tree {
  switch (random.below(4)) {
    case 0:
      return leaf(random.pick(others));
    case 1:
      return anyText(random, pool);
    case 2:
      return anyInteger(random);
    default:
      return nested(random, random.once(10) ? 20_000 : random.size(200));
  }
}

/** `depth` levels of arrays or objects around a number. */
export function nested(random: Random, depth: number): Tree {
  const [open, close] = random.once(2) ? ["[", "]"] : ['{"a":', "}"];
  return leaf(open.repeat(depth) + "0" + close.repeat(depth));
}

export class Schemas {
  readonly root: Schema;

  constructor(root: Schema) {
    this.root = root;
  }

  resolve(schema: Schema | undefined): Schema | undefined {
    const name = /^#\/\$defs\/(.+)$/.exec(schema?.$ref ?? "")?.[1];
    return name === undefined ? schema : this.resolve(this.root.$defs?.[name]);
  }

  at(path: readonly string[]): Schema | undefined {
    let schema = this.resolve(this.root);
    for (const name of path) schema = this.resolve(name === "*" && schema?.items ? schema.items : member(schema, name));
    return schema;
  }

  /** `pool` has strings that were seen at such a place. */
  generate(schema: Schema | undefined, random: Random, pool: readonly string[], depth = 0): Tree {
    const known = this.resolve(schema);
    if (known === undefined || random.once(40)) return anything(random, pool);
    if (known.enum !== undefined && !random.once(10)) return leaf(JSON.stringify(random.pick(known.enum)));
    switch (known.type) {
      case "integer":
      case "number":
        return anyInteger(random);
      case "boolean":
        return leaf(random.pick(["true", "false"]));
      case "array":
        return {
          kind: "array",
          items: Array.from({ length: random.size(depth > 3 ? 1 : 4) }, () => this.generate(known.items, random, pool, depth + 1)),
        };
      case "object":
        return this.#object(known, random, pool, depth);
      default:
        return anyText(random, pool);
    }
  }

  #object(schema: Schema, random: Random, pool: readonly string[], depth: number): Tree {
    const names = Object.keys(schema.properties ?? {}).filter(
      (name) => (schema.required ?? []).includes(name) || random.once(depth > 2 ? 8 : 3),
    );
    const members = names.map((name): [string, Tree] => [
      JSON.stringify(name),
      this.generate(schema.properties?.[name], random, pool, depth + 1),
    ]);
    if (names.length === 0 || schema.patternProperties !== undefined) {
      const text = anyText(random, pool);
      members.push([text.kind === "text" ? text.text : '"a"', this.generate(member(schema, "a"), random, pool, depth + 1)]);
    }
    return { kind: "object", members };
  }
}

function member(schema: Schema | undefined, name: string): Schema | undefined {
  const own = schema?.properties;
  if (own !== undefined && Object.hasOwn(own, name)) return own[name];
  const [pattern] = Object.values(schema?.patternProperties ?? {});
  return pattern ?? (typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined);
}
