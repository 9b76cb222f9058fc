// From a JSON document that is good to one that is a little or very wrong: edits that know its schema, then edits of its bytes.
import { copyTree, keyName, leaf, type Place, places, type Tree, treeOf, treeText } from "./json-tree.js";
import type { Random } from "../support/random.js";
import { anything, type Schema, Schemas } from "./schema.js";

export interface Seed {
  readonly name: string;
  readonly value: unknown;
}

interface Pools {
  /** Values by the last name of their path, from all seeds. */
  readonly values: ReadonlyMap<string, readonly Tree[]>;
  readonly strings: ReadonlyMap<string, readonly string[]>;
}

/** Of a thousand rules of a seccomp profile a few are enough. */
const ENOUGH = 100;

function poolsOf(trees: readonly Tree[]): Pools {
  const values = new Map<string, Tree[]>();
  const strings = new Map<string, Set<string>>();
  for (const { tree, path } of trees.flatMap((root) => places(root, () => undefined))) {
    const name = path.slice(-2).join("/");
    const known = values.get(name) ?? [];
    if (known.length < ENOUGH) values.set(name, [...known, tree]);
    if (tree.kind !== "text" || !tree.text.startsWith('"')) continue;
    const texts = strings.get(name) ?? new Set();
    if (texts.size < ENOUGH) strings.set(name, texts.add(keyName(tree.text)));
  }
  return { values, strings: new Map([...strings].map(([name, texts]) => [name, [...texts]])) };
}

const encoder = new TextEncoder();

export class Mutator {
  readonly #trees: readonly Tree[];
  readonly #schemas: Schemas;
  readonly #pools: Pools;

  constructor(seeds: readonly Seed[], schema: Schema) {
    this.#trees = seeds.map(({ value }) => treeOf(value));
    this.#schemas = new Schemas(schema);
    this.#pools = poolsOf(this.#trees);
  }

  make(random: Random): Uint8Array {
    const text = treeText(this.tree(random), random);
    const bytes = encoder.encode(random.once(12) ? breakText(text, random) : text);
    return random.once(12) ? breakBytes(bytes, random) : bytes;
  }

  tree(random: Random): Tree {
    let root = copyTree(random.pick(this.#trees));
    for (let edits = 1 + random.size(6); edits > 0; edits--) {
      const place = random.pick(places(root, (tree) => (root = tree)));
      this.#edit(place, random);
    }
    return root;
  }

  #edit(place: Place, random: Random): void {
    const { tree, path } = place;
    const name = path.slice(-2).join("/");
    const pool = this.#pools.strings.get(name) ?? [];
    const schema = this.#schemas.at(path);
    const like = this.#pools.values.get(name);
    switch (random.below(path.length === 0 ? 3 : 8)) {
      case 0:
      case 1:
        return this.#extend(tree, schema, random);
      case 2:
        return shuffle(tree, random);
      case 3:
        return place.replace(undefined);
      case 4:
        return place.replace(anything(random, pool));
      case 5:
        return place.replace(copyTree(random.pick(like ?? [leaf("null")])));
      default:
        return place.replace(this.#schemas.generate(schema, random, pool));
    }
  }

  /** One more property or element, known to the schema or from another document. */
  #extend(tree: Tree, schema: Schema | undefined, random: Random): void {
    if (tree.kind === "text") return;
    if (tree.kind === "array") {
      const item =
        tree.items.length > 0 && random.once(2) ? copyTree(random.pick(tree.items)) : this.#schemas.generate(schema?.items, random, []);
      tree.items.splice(random.below(tree.items.length + 1), 0, ...Array.from({ length: random.once(50) ? 300 : 1 }, () => copyTree(item)));
      return;
    }
    const known = Object.keys(schema?.properties ?? {});
    const name =
      known.length > 0 && !random.once(8)
        ? random.pick(known)
        : random.pick(["__proto__", "constructor", "a", "", "é", "a/b~c", "toString"]);
    const names = [...this.#pools.values.keys()].filter((key) => key.endsWith(`/${name}`));
    const value =
      names.length > 0 && random.once(2)
        ? copyTree(random.pick(this.#pools.values.get(random.pick(names)) ?? [leaf("0")]))
        : this.#schemas.generate(schema?.properties?.[name], random, []);
    tree.members.splice(random.below(tree.members.length + 1), 0, [JSON.stringify(name), value]);
  }
}

/** A value twice, two exchanged, a key written in another way. */
function shuffle(tree: Tree, random: Random): void {
  if (tree.kind === "text") return;
  const list: unknown[] = tree.kind === "array" ? tree.items : tree.members;
  if (list.length === 0) return;
  const [from, to] = [random.below(list.length), random.below(list.length)];
  if (random.once(2)) list.splice(to, 0, list[from]);
  else [list[from], list[to]] = [list[to], list[from]];
  const member = tree.kind === "object" ? tree.members[to] : undefined;
  if (member !== undefined && random.once(3))
    member[0] = random.pick([member[0].toUpperCase(), escaped(member[0]), member[0].slice(1), '"\\ud800"', "1"]);
}

const escaped = (key: string): string =>
  `"${[...keyName(key)].map((unit) => `\\u${(unit.codePointAt(0) ?? 0).toString(16).padStart(4, "0").slice(-4)}`).join("")}"`;

function breakText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(8)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return `\ufeff${text}`;
    case 2:
      return `${text}${random.pick(["\n\n", "x", "{}", "\0", "]", "\u00a0", text.slice(0, 50)])}`;
    case 3:
      return (
        text.slice(0, at) + random.pick(["\0", "\u0001", "\ufeff", "\u2028", ",", '"', "{", "}", "\\", "//", "\u00a0"]) + text.slice(at)
      );
    case 4:
      return text.slice(0, at) + "[".repeat(random.size(100_000)) + text.slice(at);
    case 5:
      return text.slice(0, at) + text.slice(random.below(text.length + 1));
    case 6:
      return text.replace(/"/g, random.once(2) ? "'" : '"');
    default:
      return random.pick(["", " ", "null", "0", "[]", '"', "{", "{}", '{"ociVersion":"1.0.2"}', "\n".repeat(1000)]);
  }
}

/** Bytes that are no UTF-8 among them. */
function breakBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const bad = random.pick([
    [0xff],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [0xe2, 0x82],
    [0x80],
    [0],
    [0xef, 0xbb, 0xbf],
    [0xf4, 0x90, 0x80, 0x80],
  ]);
  switch (random.below(3)) {
    case 0:
      return bytes.slice(0, at);
    case 1: {
      const flipped = bytes.slice();
      for (let flips = 1 + random.size(8); flips > 0 && flipped.length > 0; flips--)
        flipped[random.below(flipped.length)] = random.below(256);
      return flipped;
    }
    default:
      return Uint8Array.of(...[...bytes.slice(Math.max(0, at - 20_000), at)], ...bad, ...[...bytes.slice(at, at + 20_000)]);
  }
}
