// The rules of eslint.config.js that keep text from becoming code and words from reaching a shell find what they are for; and so does a look at
// the bundles that are shipped, in which are the npm packages too.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { outDirectory, sourceRoot } from "../../support/paths.js";

interface Linter {
  lintText(code: string, options: { filePath: string }): Promise<{ messages: { ruleId: string | null }[] }[]>;
}

async function linter(): Promise<Linter> {
  const { ESLint } = (await import(pathToFileURL(join(sourceRoot, "node_modules/eslint/lib/api.js")).href)) as {
    ESLint: new (options: { cwd: string }) => Linter;
  };
  return new ESLint({ cwd: sourceRoot });
}

const inSource = [
  'eval("1");',
  'export const f = new Function("return 1");',
  'export const f = Function("return 1");',
  'setTimeout("f()", 1);',
  "export const load = (name: string) => import(name);",
  "export const load = (name: string) => import(`./${name}.js`);",
  "export const load = (name: string) => require(name);",
  'import { spawn } from "node:child_process";\nspawn("a");',
  'import { spawn } from "child_process";\nspawn("a");',
  'export const load = () => import("node:child_process");',
  'export const load = () => require("node:child_process");',
  'import { runInThisContext } from "node:vm";\nrunInThisContext("1");',
  'import { createRequire } from "node:module";\ncreateRequire("/");',
  'import { Worker } from "node:worker_threads";\nnew Worker("a", { eval: true });',
];

const inScripts = [
  'import { exec } from "node:child_process";\nexec(`rm ${process.argv[2]}`);',
  'import { execSync as run } from "node:child_process";\nrun("ls");',
  'import * as child from "node:child_process";\nchild.exec("ls");',
  'import { spawn } from "node:child_process";\nspawn("ls", { shell: true });',
  'import { spawnSync } from "node:child_process";\nspawnSync("ls", [], { shell: "/bin/bash" });',
  'eval("1");',
];

const good = 'export const load = () => import("./state.js");';

const found = ({ messages }: { messages: { ruleId: string | null }[] }): string[] =>
  messages.map(({ ruleId }) => ruleId ?? "").filter((rule) => /eval|new-func|restricted-syntax/.test(rule));

for (const [where, samples] of [
  ["src/host/node/sample.ts", inSource],
  ["scripts/sample.mjs", inScripts],
] as const) {
  test(`${where}: text that would become code`, async () => {
    const eslint = await linter();
    for (const sample of samples) {
      const [result] = await eslint.lintText(sample, { filePath: join(sourceRoot, where) });
      assert.ok(result !== undefined && found(result).length > 0, sample);
    }
    const [result] = await eslint.lintText(good, { filePath: join(sourceRoot, where) });
    assert.deepEqual(result && found(result), []);
  });
}

for (const name of ["tsrunc.cjs", "tsrunc.boot.cjs", "static/tsrunc.js"]) {
  const path = join(outDirectory, name);
  test(`${name} as it is shipped`, { skip: !existsSync(path) && `${path} is not built` }, () => {
    const text = readFileSync(path, "utf8");
    const suspicious = text.match(/\beval\s*\(|\bnew Function\b|[^\w.$]Function\s*\(|child_process|worker_threads|\bimport\s*\(/g);
    assert.deepEqual(suspicious, null);
    // The addon is opened by process.dlopen with the one path beside the bundle.
    const required = [...text.matchAll(/\brequire\(([^)]*)\)/g)].map(([, module]) => module);
    for (const module of required) assert.match(module ?? "", /^"(node:)?[a-z0-9/_]+"$/);
  });
}
