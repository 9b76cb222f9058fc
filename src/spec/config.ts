// The types of config.json. They are generated from spec-schemas/config.json (scripts/gen-spec.mjs): change that file.
export type * from "./types.gen.js";
export type { Int64 } from "./json.js";
