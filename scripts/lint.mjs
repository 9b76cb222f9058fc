// npm run lint [-- --fix]: tsc, eslint (with the layers of the design), prettier and clang-format. All run, then the exit code says whether one complained.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateHeaders, generateValidators } from "./lib/generate.mjs";
import { filesBelow } from "./lib/stamps.mjs";
import { asProgram } from "./lib/tools.mjs";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fix = process.argv.includes("--fix");

function check(name, command, args) {
  const begin = performance.now();
  return new Promise((done) => {
    execFile(command, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const ok = error === null;
      process.stdout.write(`lint: ${name.padEnd(12)} ${ok ? "ok" : "FAIL"} (${((performance.now() - begin) / 1000).toFixed(1)} s)\n`);
      if (!ok) process.stdout.write(`${stdout}${stderr}${typeof error.code === "number" ? "" : error.message}\n`);
      done(ok);
    });
  });
}

const bin = (name) => join(root, "node_modules/.bin", name);
const cpp = () => filesBelow(join(root, "addon")).filter((path) => /\.(h|cc)$/.test(path));
const ours = ["src", "scripts", "test", "bundle-examples", "spec-schemas", "eslint.config.js"].filter((path) =>
  existsSync(join(root, path)),
);

await asProgram("lint", async () => {
  await setup({ root, lint: true });
  const where = { root, out: join(root, "build") };
  await generateHeaders(where);
  await generateValidators(where);
  const results = await Promise.all([
    check("tsc", bin("tsc"), ["--noEmit", "-p", root]),
    check("eslint", bin("eslint"), ["--max-warnings", "0", ...(fix ? ["--fix"] : []), "src", "test", "scripts", "eslint.config.js"]),
    check("prettier", bin("prettier"), [fix ? "--write" : "--check", "--log-level", "warn", ...ours]),
    check("clang-format", "clang-format", fix ? ["-i", ...cpp()] : ["--dry-run", "--Werror", ...cpp()]),
  ]);
  process.exitCode = results.every(Boolean) ? 0 : 1;
});
