// The validators that scripts/gen-spec.mjs compiles from spec-schemas/ into build/gen/. The bundler resolves these names;
// nothing of a validator is evaluated before its first call.
declare module "tsrunc:validate-config" {
  export const validate: import("./schema-error.js").Validate;
}
declare module "tsrunc:validate-state" {
  export const validate: import("./schema-error.js").Validate;
}
declare module "tsrunc:validate-features" {
  export const validate: import("./schema-error.js").Validate;
}
declare module "tsrunc:validate-plan" {
  export const validate: import("./schema-error.js").Validate;
}
