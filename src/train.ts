// What the engine of the static host is measured with before it is compiled (cmake/static.cmake): our own work, again and again.
import { rehearse } from "./warm.js";

/** Texts of config.json files (scripts/lib/bundle.mjs). */
declare const __TSRUNC_EXAMPLES__: readonly string[];

const ROUNDS = 20;

for (let round = 0; round < ROUNDS; round++) for (const text of __TSRUNC_EXAMPLES__) rehearse(text);
