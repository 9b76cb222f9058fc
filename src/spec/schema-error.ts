// What a validator found, in words for people.

/** The part of ajv's error object that is used. */
export interface SchemaError {
  /** JSON pointer of the value that is wrong. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The first error in `data`, if there is one. */
export type Validate = (data: unknown) => SchemaError | undefined;

export interface Problem {
  /** JSON pointer of the value, or of the property that is missing. */
  readonly pointer: string;
  readonly message: string;
}

const kinds: Readonly<Record<string, string>> = {
  string: "a string",
  object: "an object",
  array: "an array",
  boolean: "true or false",
  integer: "an integer",
};

// Patterns are for machines; these say the same.
const patterns: Readonly<Record<string, (value: string) => string>> = {
  "^RLIMIT_[A-Z]+$": (value) => `wrong rlimit value: ${value}`,
  "^[cbup]$": (value) => `invalid device type ${quote(value)}: must be one of "c", "b", "u", "p"`,
  "^[1-9][0-9]*[KMG]B$": (value) => `must be a page size such as "64KB", "2MB" or "1GB", not ${quote(value)}`,
  "^[0-9, -]*$": (value) => `must be a list of CPUs such as "0-3,7", not ${quote(value)}`,
  "^MB:[^\\n]*$": (value) => `must start with "MB:" and be one line, not ${quote(value)}`,
};

// Words that engines and users know from runc (survey 2.1).
const missing: Readonly<Record<string, string>> = {
  "/process/cwd": "Cwd property must not be empty",
};

/** `root` is the document that was checked. */
export function describeSchemaError(error: SchemaError, root: unknown): Problem {
  const { instancePath: pointer, keyword, params } = error;
  const value = resolve(root, pointer);
  switch (keyword) {
    case "type":
      return { pointer, message: `must be ${kinds[String(params["type"])] ?? String(params["type"])}, not ${describe(value)}` };
    case "required": {
      const path = `${pointer}/${String(params["missingProperty"])}`;
      return { pointer: path, message: missing[path] ?? "is required, but missing" };
    }
    case "enum":
      return { pointer, message: `must be one of ${(params["allowedValues"] as unknown[]).map(quote).join(", ")}, not ${describe(value)}` };
    case "const":
      return { pointer, message: `must be ${quote(params["allowedValue"])}, not ${describe(value)}` };
    case "pattern":
      return {
        pointer,
        message: (patterns[String(params["pattern"])] ?? ((text) => `must match ${String(params["pattern"])}, not ${quote(text)}`))(
          String(value),
        ),
      };
    case "minItems":
      return { pointer, message: `must have at least ${String(params["limit"])} ${params["limit"] === 1 ? "entry" : "entries"}` };
    case "additionalProperties":
      return { pointer: `${pointer}/${String(params["additionalProperty"])}`, message: "is not a known property" };
    case "discriminator":
      return {
        pointer: `${pointer}/${String(params["tag"])}`,
        message: `unknown ${String(params["tag"])} ${describe(params["tagValue"])}`,
      };
    case "exactInteger":
      return { pointer, message: `must be an integer${range(params["minimum"], params["maximum"])}, not ${describe(value)}` };
    default:
      return { pointer, message: `does not match the schema (${keyword})` };
  }
}

function range(minimum: unknown, maximum: unknown): string {
  if (minimum === null && maximum === null) return "";
  if (maximum === null) return ` of at least ${String(minimum)}`;
  return ` from ${String(minimum)} to ${String(maximum)}`;
}

function describe(value: unknown): string {
  if (value === null || typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quote(value);
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : "absent";
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  return text.length > 80 ? `${text.slice(0, 76)}..."` : text;
}

function resolve(root: unknown, pointer: string): unknown {
  let value = root;
  for (const name of pointer.split("/").slice(1)) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[name.replace(/~1/g, "/").replace(/~0/g, "~")];
  }
  return value;
}
