// A JSON text as a tree whose leaves are literal text, so that a mutation can write what no JSON.stringify writes: 1e999, "\ud800", a key twice.
import type { Random } from "../support/random.js";

export type Tree =
  | { readonly kind: "object"; readonly members: [key: string, value: Tree][] }
  | { readonly kind: "array"; readonly items: Tree[] }
  | { readonly kind: "text"; readonly text: string };

export const leaf = (text: string): Tree => ({ kind: "text", text });

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: "array", items: value.map(treeOf) };
  if (typeof value !== "object" || value === null) return leaf(typeof value === "bigint" ? String(value) : JSON.stringify(value));
  return { kind: "object", members: Object.entries(value).map(([key, item]) => [JSON.stringify(key), treeOf(item)]) };
}

export function copyTree(tree: Tree): Tree {
  if (tree.kind === "text") return tree;
  if (tree.kind === "array") return { kind: "array", items: tree.items.map(copyTree) };
  return { kind: "object", members: tree.members.map(([key, value]) => [key, copyTree(value)]) };
}

/** With line ends and blanks as `random` likes. */
export function treeText(tree: Tree, random: Random): string {
  const out: string[] = [];
  const style = random.pick(["", " ", "\n", "\r\n\t"]);
  const space = () => (random.once(4) ? style : "");
  const write = (node: Tree): void => {
    if (node.kind === "text") {
      out.push(node.text);
      return;
    }
    const [open, close] = node.kind === "array" ? "[]" : "{}";
    const children: readonly (readonly [string, Tree])[] =
      node.kind === "array" ? node.items.map((item) => ["", item] as const) : node.members;
    out.push(open as string);
    children.forEach(([key, child], index) => {
      out.push(index > 0 ? "," : "", space(), key, key === "" ? "" : ":", space());
      write(child);
    });
    out.push(space(), close as string);
  };
  write(tree);
  return out.join("");
}

export interface Place {
  readonly tree: Tree;
  /** Property names from the root; "*" for an element of an array. */
  readonly path: readonly string[];
  /** Puts another value in its place, or takes it out. */
  replace(value: Tree | undefined): void;
}

/** Every value of the tree, the root first; `root` is told of another root. */
export function places(root: Tree, setRoot: (tree: Tree) => void): Place[] {
  const found: Place[] = [];
  const visit = (tree: Tree, path: readonly string[], replace: Place["replace"]): void => {
    found.push({ tree, path, replace });
    if (tree.kind === "array") {
      tree.items.forEach((item, index) =>
        visit(item, [...path, "*"], (value) => void tree.items.splice(index, 1, ...(value === undefined ? [] : [value]))),
      );
    }
    if (tree.kind !== "object") return;
    tree.members.forEach(([key, item], index) =>
      visit(
        item,
        [...path, keyName(key)],
        (value) => void tree.members.splice(index, 1, ...(value === undefined ? [] : [[key, value] as [string, Tree]])),
      ),
    );
  };
  visit(root, [], (value) => setRoot(value ?? leaf("null")));
  return found;
}

export function keyName(key: string): string {
  try {
    return String(JSON.parse(key));
  } catch {
    return key;
  }
}
