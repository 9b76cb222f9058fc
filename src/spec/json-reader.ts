// The exact reader: one pass, recursive descent, every error with its position.
import { TsruncError } from "../errors/errors.js";
import { lineColumn } from "./json-position.js";

const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const safe = Number.MAX_SAFE_INTEGER;
// The largest double has 309 digits; more are no number of any interface, and BigInt() of a megabyte of digits takes seconds.
const maxDigits = 400;

export function readExact(text: string, fileName: string, maxDepth: number): unknown {
  return new Reader(text, fileName, maxDepth).document();
}

class Reader {
  private at = 0;
  constructor(
    private readonly text: string,
    private readonly fileName: string,
    private readonly maxDepth: number,
  ) {}

  document(): unknown {
    if (this.text.charCodeAt(0) === 0xfeff) this.fail("starts with a byte order mark, which JSON does not allow");
    this.space();
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) this.fail(`unexpected ${this.here()} after the end of the document`);
    return value;
  }

  private value(depth: number): unknown {
    const code = this.text.charCodeAt(this.at);
    switch (code) {
      case 0x22:
        return this.string();
      case 0x7b:
        return this.object(depth + 1);
      case 0x5b:
        return this.array(depth + 1);
      case 0x74:
        return this.word("true", true);
      case 0x66:
        return this.word("false", false);
      case 0x6e:
        return this.word("null", null);
      default:
        if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return this.number();
        return this.fail(`expected a value, found ${this.here()}`);
    }
  }

  private object(depth: number): object {
    this.enter(depth);
    const object: Record<string, unknown> = {};
    if (this.take(0x7d)) return object;
    for (;;) {
      if (this.text.charCodeAt(this.at) !== 0x22) this.fail(`expected a property name in double quotes, found ${this.here()}`);
      const key = this.string();
      this.space();
      if (!this.take(0x3a)) this.fail(`expected ":" after the property name, found ${this.here()}`);
      this.space();
      const value = this.value(depth);
      // Assigning to __proto__ would change the prototype instead of adding a property.
      if (key === "__proto__") Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      else object[key] = value;
      this.space();
      if (this.take(0x7d)) return object;
      if (!this.take(0x2c)) this.fail(`expected "," or "}", found ${this.here()}`);
      this.space();
    }
  }

  private array(depth: number): unknown[] {
    this.enter(depth);
    const array: unknown[] = [];
    if (this.take(0x5d)) return array;
    for (;;) {
      array.push(this.value(depth));
      this.space();
      if (this.take(0x5d)) return array;
      if (!this.take(0x2c)) this.fail(`expected "," or "]", found ${this.here()}`);
      this.space();
    }
  }

  private enter(depth: number): void {
    if (depth > this.maxDepth) this.fail(`nested deeper than ${this.maxDepth} levels`);
    this.at++;
    this.space();
  }

  private string(): string {
    const text = this.text;
    let start = ++this.at;
    let result = "";
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === 0x22) return result + text.slice(start, this.at++);
      if (code === 0x5c) {
        result += text.slice(start, this.at) + this.escape();
        start = this.at;
      } else if (code >= 0x20) {
        this.at++;
      } else {
        this.fail(this.at < text.length ? `${this.here()} in a string must be escaped` : "unexpected end of the file in a string");
      }
    }
  }

  private escape(): string {
    const simple = '"\\/bfnrt'.indexOf(this.text.charAt(this.at + 1));
    if (this.at + 1 >= this.text.length) this.fail("unexpected end of the file in a string");
    if (simple >= 0) {
      this.at += 2;
      return '"\\/\b\f\n\r\t'.charAt(simple);
    }
    const unit = this.unicode(this.at);
    if (unit === undefined) return this.fail(`unknown escape "${this.text.slice(this.at, this.at + 2)}" in a string`);
    if (unit === 0) this.fail("NUL character (\\u0000) in a string: no path, argument or name can hold one");
    if (unit < 0xd800 || unit > 0xdfff) {
      this.at += 6;
      return String.fromCharCode(unit);
    }
    const low = this.unicode(this.at + 6);
    if (unit > 0xdbff || low === undefined || low < 0xdc00 || low > 0xdfff) {
      this.fail(`lone surrogate "${this.text.slice(this.at, this.at + 6)}" in a string`);
    }
    this.at += 12;
    return String.fromCharCode(unit, low as number);
  }

  /** The code unit of a \uXXXX at `at`, if there is one. */
  private unicode(at: number): number | undefined {
    const match = /^\\u([0-9a-fA-F]{4})/.exec(this.text.slice(at, at + 6));
    return match ? Number.parseInt(match[1] as string, 16) : undefined;
  }

  private number(): number | bigint {
    number.lastIndex = this.at;
    const match = number.exec(this.text);
    if (match === null) return this.fail(`expected a digit after "-"`);
    const [literal, fraction, exponent] = match;
    const next = this.text.charAt(this.at + literal.length);
    if (next !== "" && /[0-9.eE+-]/.test(next)) this.fail(`malformed number "${literal + next}"`);
    const value = Number(literal);
    if (!Number.isFinite(value) || literal.length > maxDigits) this.fail("number out of range");
    this.at += literal.length;
    if (value >= -safe && value <= safe) return value;
    return fraction === undefined && exponent === undefined ? BigInt(literal) : (largeInteger(literal) ?? value);
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail(`expected a value, found ${this.here()}`);
    this.at += word.length;
    return value;
  }

  private take(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at++;
    return true;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private here(): string {
    const code = this.text.codePointAt(this.at);
    if (code === undefined) return "the end of the file";
    if (code < 0x20 || code === 0x7f) return `control character 0x${code.toString(16).padStart(2, "0")}`;
    const word = /^[A-Za-z_]+/.exec(this.text.slice(this.at, this.at + 20));
    return `"${word ? word[0] : String.fromCodePoint(code)}"`;
  }

  private fail(what: string): never {
    const { line, column } = lineColumn(this.text, this.at);
    const where = `${this.fileName}:${line}:${column}`;
    throw new TsruncError(`${where}: ${what}`, { where });
  }
}

/** The exact value of a literal with fraction or exponent beyond 2^53, if it is an integer (1e19, 9007199254740993.0). */
function largeInteger(literal: string): bigint | undefined {
  const [mantissa = "", exponent = "0"] = literal.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = whole + fraction;
  const scale = Number(exponent) - fraction.length;
  if (scale >= 0) return BigInt(digits) * 10n ** BigInt(scale);
  return /^0*$/.test(digits.slice(scale)) ? BigInt(digits.slice(0, scale)) : undefined;
}
