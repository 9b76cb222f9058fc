// Lint rules. Besides the recommended ones: the layers of the design, as imports that are not allowed.
//   cli -> runtime -> {host, store, plan};  plan -> {spec, seccomp, cgroup, fact types}
// plan, spec, seccomp and cgroup are pure: no host, no clock, no randomness. No module of Node outside of src/host.
import js from "@eslint/js";
import ts from "typescript-eslint";

const layers = ["cli", "runtime", "store", "host", "plan", "spec", "seccomp", "cgroup", "criu", "log", "errors"];

/** Layer -> the layers that it may import values from. Types may also come from `types`. */
const arrows = {
  cli: { values: ["runtime", "spec", "log", "errors"], types: ["host", "store", "criu"] },
  runtime: { values: ["host", "store", "plan", "spec", "seccomp", "cgroup", "criu", "log", "errors"], types: [] },
  // The journal's ops are checked against the op table when it is read.
  store: { values: ["spec", "errors", "plan"], types: ["host"] },
  host: { values: ["errors"], types: ["plan"] },
  plan: { values: ["spec", "seccomp", "cgroup", "errors"], types: ["store"] },
  spec: { values: ["errors"], types: ["plan"] },
  seccomp: { values: ["errors"], types: ["spec", "plan"] },
  cgroup: { values: ["errors"], types: ["spec", "plan"] },
  criu: { values: ["spec", "errors"], types: [] },
  log: { values: ["errors"], types: ["host"] },
  errors: { values: [], types: [] },
};

const pure = ["plan", "spec", "seccomp", "cgroup", "criu", "errors"];

const noNode = { regex: "^node:", message: "Modules of Node only in src/host: everything else runs without Node." };

const engine = [
  {
    selector: "MemberExpression[object.name='BigInt'][property.name='asUintN']",
    message: "QuickJS 2025-04-26 answers with a sign: src/spec/uint64.ts.",
  },
];
const restrict = (patterns) => ({ "no-restricted-imports": "off", "@typescript-eslint/no-restricted-imports": ["error", { patterns }] });

function layerRules(layer, files, { values, types }) {
  const forbidden = layers.filter((other) => other !== layer && !values.includes(other) && !types.includes(other));
  const patterns = [
    ...(forbidden.length > 0
      ? [{ regex: `^(\\.\\./)+(${forbidden.join("|")})/`, message: `src/${layer} may not import this layer.` }]
      : []),
    ...(types.length > 0
      ? [
          {
            regex: `^(\\.\\./)+(${types.join("|")})/`,
            allowTypeImports: true,
            message: `src/${layer} may import only types of this layer.`,
          },
        ]
      : []),
    ...(layer === "host" ? [] : [noNode]),
    ...(layer === "cli" || layer === "runtime"
      ? []
      : [{ regex: "^tsrunc:host$", message: `src/${layer} gets the host as an argument, if at all.` }]),
  ];
  return { files, rules: restrict(patterns) };
}

/** Code is what is in the source tree and nothing else: no text becomes code, no module is chosen at run time, no shell reads a line. */
const noCodeFromText = {
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-script-url": "error",
};

const syntax = (selector, message) => ({ selector, message });

const fixedCode = [
  syntax("CallExpression[callee.name=/^set(Timeout|Interval|Immediate)$/][arguments.0.type=/Literal/]", "No text becomes code."),
  syntax("ImportExpression[source.type!='Literal']", "The module must be named in the source."),
  syntax("CallExpression[callee.name='require'][arguments.0.type!='Literal']", "The module must be named in the source."),
];

/** `exec` gives its text to /bin/sh; so does `shell: true`. spawn and execFile take words. */
const noShell = [
  syntax("ImportDeclaration[source.value=/child_process$/] ImportSpecifier[imported.name=/^exec(Sync)?$/]", "No shell: execFile or spawn."),
  syntax(
    "ImportDeclaration[source.value=/child_process$/] :matches(ImportDefaultSpecifier, ImportNamespaceSpecifier)",
    "By name: no shell.",
  ),
  syntax("Property[key.name='shell'][value.value!=false]", "No shell: the words of a command stay words."),
];

/** The core starts processes; nothing else does, and nothing compiles code but the start of the bundle. */
const noModules = (names, message) => [
  syntax(`ImportDeclaration[source.value=/^(node:)?(${names})(\\/|$)/]`, message),
  syntax(`ImportExpression[source.value=/^(node:)?(${names})(\\/|$)/]`, message),
  syntax(`CallExpression[callee.name='require'][arguments.0.value=/^(node:)?(${names})(\\/|$)/]`, message),
];
const processes = noModules("child_process|cluster|worker_threads|inspector|repl", "Processes are started by addon/core.");
const compilers = noModules("vm|module", "No text becomes code.");

const noClock = ["Date", "performance", "setTimeout", "setInterval"].map((name) => ({
  name,
  message: "This layer is pure: no clock.",
}));

export default ts.config(
  { ignores: ["build/", "node_modules/", "bundle-examples/*/rootfs/", "**/*.gen.ts"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    rules: {
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" },
      ],
    },
  },
  { rules: noCodeFromText },
  { files: ["src/**/*.ts"], rules: { "no-restricted-syntax": ["error", ...fixedCode, ...processes, ...compilers, ...noShell, ...engine] } },
  { files: ["src/host/node/boot.ts"], rules: { "no-restricted-syntax": ["error", ...fixedCode, ...processes, ...noShell] } },
  { files: ["scripts/**/*.mjs", "test/**/*.ts"], rules: { "no-restricted-syntax": ["error", ...noShell] } },
  {
    files: ["**/*.ts"],
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "no-undef": "off",
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      complexity: ["error", 25],
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true } }],
      "no-restricted-globals": ["error", "process", "Buffer", "require"],
    },
  },
  { files: ["src/*.ts"], rules: restrict([noNode]) },
  ...layers.map((layer) => layerRules(layer, [`src/${layer}/**/*.ts`], arrows[layer])),
  // Where the context of all commands is put together: the state root among others.
  layerRules("cli", ["src/cli/cli.ts"], { values: [...arrows.cli.values, "store"], types: ["host"] }),
  {
    files: pure.map((layer) => `src/${layer}/**/*.ts`),
    rules: {
      "no-restricted-globals": ["error", "process", "Buffer", "require", "console", ...noClock],
      "no-restricted-properties": ["error", { object: "Math", property: "random", message: "This layer is pure: no randomness." }],
    },
  },
  // One row for each verb.
  { files: ["src/plan/optable.ts"], rules: { "max-lines": "off" } },
  { files: ["src/host/node/**/*.ts"], rules: { "no-restricted-globals": "off" } },
  // Runs before the bundle, as CommonJS.
  { files: ["src/host/node/boot.ts"], rules: { "@typescript-eslint/no-require-imports": "off" } },
  {
    files: ["test/**/*.ts"],
    rules: {
      "no-console": "off",
      "no-control-regex": "off",
      "@typescript-eslint/no-namespace": "off",
      "@typescript-eslint/no-unused-vars": "off",
    },
  },
  {
    files: ["**/*.mjs", "*.js"],
    languageOptions: {
      globals: { process: "readonly", console: "readonly", performance: "readonly", Buffer: "readonly", setTimeout: "readonly" },
    },
  },
);
