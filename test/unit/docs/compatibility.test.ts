// docs/compatibility.md against what is there: flags, commands, refused properties, tests.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Flag } from "../../../src/cli/command.js";
import { globalFlags } from "../../../src/cli/globals.js";
import { commands } from "../../../src/cli/table.js";
import { sourceRoot } from "../../support/paths.js";
import { readDocument, references, tableBelow } from "./markdown.js";

const text = readDocument("docs/compatibility.md");
const targets = references(text);

interface Row {
  readonly commands: readonly string[];
  /** Long name; absent: the row is about the command itself. */
  readonly flag: string | undefined;
  readonly short: string | undefined;
  readonly status: string;
  readonly tests: readonly string[];
}

function parseRow(cells: readonly string[]): Row {
  const [command = "", flag = "", , , , status = "", tests = ""] = cells;
  assert.equal(cells.length, 7, cells.join("|"));
  const [, short, long] = /^`(?:-(\w), )?--([\w-]+)/.exec(flag) ?? [];
  assert.equal(flag === "", long === undefined, flag);
  return {
    commands: [...command.matchAll(/`([^`]+)`|(\(global\))/g)].map(([, name, global]) => name ?? global ?? ""),
    flag: long,
    short,
    status: /^\w+/.exec(status)?.[0] ?? "",
    tests: [...tests.matchAll(/\[([^\]]+)\]/g)].map(([, name = ""]) => name),
  };
}

const rows = tableBelow(text, "## Every command and flag").map(parseRow);
const flagRows = rows.filter(({ flag }) => flag !== undefined);
const commandRows = rows.filter(({ flag }) => flag === undefined);

// Help is no flag of any command: the parser knows it everywhere.
const builtin: readonly Flag[] = [{ name: "help", short: "h", help: "" }];

const dashed = (command: string, { name, short }: { name: string; short?: string | undefined }): string =>
  `${command} ${short === undefined ? "" : `-${short}, `}--${name}`;

async function registered(): Promise<string[]> {
  const found = [...globalFlags, ...builtin].map((flag) => dashed("(global)", flag));
  for (const [name, load] of Object.entries(commands)) found.push(...(await load()).command.flags.map((flag) => dashed(name, flag)));
  return found.sort();
}

const inTable = (known: boolean): string[] =>
  flagRows
    .filter(({ status }) => (status !== "no") === known)
    .flatMap(({ commands, flag = "", short }) => commands.map((command) => dashed(command, { name: flag, short })))
    .sort();

test("every status is one of those that are explained", () => {
  for (const { status, commands, flag } of rows) {
    assert.ok(["yes", "accepted", "refused", "no"].includes(status), `${commands.join()} ${flag}: ${status}`);
    assert.ok(commands.length > 0);
  }
});

test("the flags that are registered are those in the table, once each", async () => {
  assert.deepEqual(inTable(true), await registered());
});

test("what the table says is unknown is not registered", async () => {
  const known = (await registered()).map((line) => line.replace(/-\w, /, ""));
  for (const line of inTable(false)) assert.ok(!known.includes(line.replace(/-\w, /, "")), line);
});

test("so it is with commands", () => {
  const names = (known: boolean): string[] =>
    commandRows
      .filter(({ status }) => (status === "yes") === known)
      .flatMap((row) => row.commands)
      .sort();
  assert.deepEqual(names(true), Object.keys(commands).sort());
  assert.ok(names(false).length > 0);
});

/** The text of a test and of what lies in the directory of its name. */
function testText(name: string): string {
  const target = targets.get(name);
  assert.ok(target !== undefined, `[${name}] leads nowhere`);
  const path = join(sourceRoot, "docs", target);
  assert.ok(existsSync(path), path);
  const directory = path.replace(/\.test\.ts$/, "");
  const more = existsSync(directory) ? readdirSync(directory).filter((file) => file.endsWith(".ts")) : [];
  return [path, ...more.map((file) => join(directory, file))].map((file) => readFileSync(file, "utf8")).join("\n");
}

/** On a command line, as a key, or as the camelCase member that it becomes. */
function mentions(body: string, { flag = "", short }: Row): boolean {
  const camel = flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const asShort = short === undefined ? [] : [`["\`]-${short}\\b`];
  return new RegExp([`-${flag}\\b`, `"${flag}"`, `\\b${camel}:`, ...asShort].join("|")).test(body);
}

test("each row of a known flag links tests that use it", () => {
  for (const row of flagRows.filter(({ status }) => status !== "no")) {
    const name = `${row.commands.join()} --${row.flag}`;
    assert.ok(row.tests.length > 0, `${name}: no test`);
    for (const linked of row.tests) assert.ok(mentions(testText(linked), row), `${name}: not in [${linked}]`);
  }
});

test("each row of a command links a test of it", () => {
  for (const { commands: [name = ""] = [], tests } of commandRows.filter(({ status }) => status === "yes")) {
    assert.ok(tests.length > 0, name);
    for (const linked of tests) assert.match(testText(linked), new RegExp(`"${name}"|\\.${name}\\(`), `${name} [${linked}]`);
  }
});

const properties = tableBelow(text, "## Every property of config.json");

test("tests of properties are there", () => {
  const linked = properties.flatMap(([, , tests = ""]) => [...tests.matchAll(/\[([^\]]+)\]/g)]);
  assert.ok(linked.length > 0);
  for (const [, name = ""] of linked) testText(name);
});

test("the properties that are refused are those of the rule", () => {
  const source = readFileSync(join(sourceRoot, "src/spec/rules/unsupported.ts"), "utf8");
  const ruled = [...source.matchAll(/at: "(\/[^"]+)"/g)].map(([, at = ""]) => at).sort();
  const refused = properties.filter(([, ours = ""]) => ours.includes("refused"));
  const named = refused.flatMap((cells) => [...cells.join().matchAll(/`(\/[^`]+)`/g)]).map(([, at = ""]) => at);
  assert.deepEqual(named.sort(), ruled);
});
