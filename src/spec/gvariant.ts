// The text of a GVariant (g_variant_parse(3)) → a D-Bus value: for annotations org.systemd.property.NAME.

export interface DbusValue {
  /** One complete type. */
  readonly signature: string;
  /** As busctl(1) has it: an array is its length and its elements, a structure its fields. */
  readonly values: readonly string[];
}

const keywords: Readonly<Record<string, string>> = {
  boolean: "b",
  byte: "y",
  int16: "n",
  uint16: "q",
  int32: "i",
  uint32: "u",
  int64: "x",
  uint64: "t",
  double: "d",
  string: "s",
  objectpath: "o",
  signature: "g",
};

const ranges: Readonly<Record<string, readonly [bigint, bigint]>> = {
  y: [0n, 255n],
  n: [-(1n << 15n), (1n << 15n) - 1n],
  q: [0n, (1n << 16n) - 1n],
  i: [-(1n << 31n), (1n << 31n) - 1n],
  u: [0n, (1n << 32n) - 1n],
  x: [-(1n << 63n), (1n << 63n) - 1n],
  t: [0n, (1n << 64n) - 1n],
};

/** Thrown with a message that says what is wrong, for the caller to put into a sentence. */
export class GvariantError extends Error {}

/** Numbers without a type are int32 or double, an array has the type of its first element. Dictionaries and variants are refused. */
export function parseGvariant(text: string): DbusValue {
  const parser = new Parser(text);
  const value = parser.value(undefined);
  parser.end();
  return value;
}

/** One complete type at `from`; the index behind it, -1 when there is none. */
function typeEnd(type: string, from: number): number {
  const first = type[from];
  if (first === "a") return typeEnd(type, from + 1);
  if (first !== "(") return first !== undefined && "bynqiuxtdsog".includes(first) ? from + 1 : -1;
  let at = from + 1;
  while (at > 0 && type[at] !== ")") at = typeEnd(type, at);
  return at < 0 || at === from + 1 ? -1 : at + 1;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) fail(`unexpected ${JSON.stringify(this.#text.slice(this.#at))}`);
  }

  value(type: string | undefined): DbusValue {
    const given = this.#typeName();
    if (given !== undefined && type !== undefined && given !== type) fail(`a value of type ${given} where ${type} belongs`);
    const wanted = given ?? type;
    const first = this.#text[this.#at] ?? fail("it ends too early");
    if (first === "[") return this.#array(wanted);
    if (first === "(") return this.#tuple(wanted);
    if (first === "'" || first === '"') return this.#string(wanted);
    const word = /^[A-Za-z0-9_.+-]+/.exec(this.#text.slice(this.#at))?.[0] ?? fail(`unexpected ${JSON.stringify(first)}`);
    this.#at += word.length;
    if (word === "true" || word === "false") return basic(wanted, "b", word);
    return number(wanted, word);
  }

  /** `uint64 5`, `@as []` */
  #typeName(): string | undefined {
    this.#skip();
    const rest = this.#text.slice(this.#at);
    const [all = "", keyword, signature] = /^(?:((?!true\b|false\b)[a-z]+[0-9]*)\s+|@([^\s]+)\s+)/.exec(rest) ?? [];
    if (all === "") return undefined;
    this.#at += all.length;
    const type = signature ?? keywords[keyword ?? ""] ?? fail(`unknown type ${JSON.stringify(keyword)}`);
    return typeEnd(type, 0) === type.length ? type : fail(`type ${JSON.stringify(type)} is not supported`);
  }

  #array(type: string | undefined): DbusValue {
    if (type !== undefined && !type.startsWith("a")) fail(`an array where ${type} belongs`);
    let element = type?.slice(1);
    const values: string[] = [];
    let count = 0;
    this.#list("]", () => {
      const value = this.value(element);
      element ??= value.signature;
      values.push(...value.values);
      count += 1;
    });
    if (element === undefined) fail("the type of an empty array is not known: write @as []");
    return { signature: `a${element}`, values: [String(count), ...values] };
  }

  #tuple(type: string | undefined): DbusValue {
    if (type !== undefined && !type.startsWith("(")) fail(`a tuple where ${type} belongs`);
    const fields: DbusValue[] = [];
    let at = 1;
    this.#list(")", () => {
      const end = type === undefined ? 0 : typeEnd(type, at);
      if (end < 0) fail(`too many values for ${type}`);
      fields.push(this.value(type?.slice(at, end)));
      at = end;
    });
    const signature = `(${fields.map((field) => field.signature).join("")})`;
    if (fields.length === 0 || (type !== undefined && signature !== type)) fail(`the tuple has too few values`);
    return { signature, values: fields.flatMap((field) => field.values) };
  }

  #list(close: string, item: () => void): void {
    this.#at += 1;
    for (;;) {
      this.#skip();
      if (this.#take(close)) return;
      item();
      this.#skip();
      if (!this.#take(",") && this.#text[this.#at] !== close) fail(`"," or "${close}" is missing`);
    }
  }

  #string(type: string | undefined): DbusValue {
    const quote = this.#text[this.#at];
    let result = "";
    for (this.#at += 1; ; this.#at += 1) {
      const char = this.#text[this.#at] ?? fail("a string does not end");
      if (char === quote) break;
      if (char !== "\\") result += char;
      else result += this.#escaped();
    }
    this.#at += 1;
    if (type === "o" || type === "g") return { signature: type, values: [result] };
    return basic(type, "s", result);
  }

  #escaped(): string {
    this.#at += 1;
    const char = this.#text[this.#at] ?? fail("a string does not end");
    const hex = char === "u" ? /^[0-9a-fA-F]{4}/.exec(this.#text.slice(this.#at + 1))?.[0] : undefined;
    if (hex !== undefined) {
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    return { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", a: "\x07" }[char] ?? char;
  }

  #take(text: string): boolean {
    if (this.#text[this.#at] !== text) return false;
    this.#at += 1;
    return true;
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }
}

function basic(type: string | undefined, own: string, value: string): DbusValue {
  return type === undefined || type === own ? { signature: own, values: [value] } : fail(`${JSON.stringify(value)} where ${type} belongs`);
}

function number(type: string | undefined, word: string): DbusValue {
  const integer = /^[+-]?(0x[0-9a-fA-F]+|[0-9]+)$/.test(word);
  const wanted = type ?? (integer ? "i" : "d");
  if (wanted === "d") {
    if (!/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(word)) fail(`${JSON.stringify(word)} is no value`);
    return { signature: "d", values: [word] };
  }
  const range = ranges[wanted];
  if (!integer || range === undefined) fail(`${JSON.stringify(word)} is no value${range === undefined ? "" : ` of type ${wanted}`}`);
  const digits = BigInt(word.replace(/^[+-]/, ""));
  const value = word.startsWith("-") ? -digits : digits;
  if (value < range[0] || value > range[1]) fail(`${word} is out of range for type ${wanted}`);
  return { signature: wanted, values: [value.toString()] };
}

function fail(message: string): never {
  throw new GvariantError(message);
}
