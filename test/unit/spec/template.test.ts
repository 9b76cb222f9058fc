import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stringifyJson } from "../../../src/spec/json.js";
import { parseConfig } from "../../../src/spec/load.js";
import { checkRules } from "../../../src/spec/rules/index.js";
import { specTemplate } from "../../../src/spec/template.js";
import { needs } from "../../support/requirements.js";
import { context } from "./rules/support.js";

const root = { euid: 0, egid: 0, cgroup2: false };

test("what spec writes is a config.json that create takes", () => {
  for (const rootless of [false, true]) {
    for (const cgroup2 of [false, true]) {
      const euid = rootless ? 1000 : 0;
      const text = stringifyJson(specTemplate({ rootless, euid, egid: euid, cgroup2 }), "\t");
      const loaded = parseConfig(new TextEncoder().encode(text), "config.json");
      checkRules(loaded, context({ euid }));
      assert.equal(
        loaded.config.linux?.namespaces?.some(({ type }) => type === "cgroup"),
        cgroup2,
      );
    }
  }
});

test("two templates share nothing", () => {
  const first = specTemplate({ ...root, rootless: false });
  first.mounts?.[1]?.options?.push("changed");
  first.process?.capabilities?.bounding?.push("changed");
  assert.ok(!JSON.stringify(specTemplate({ ...root, rootless: false })).includes("changed"));
});

// Debian 12 has runc 1.1.5, which still gave an ambient set (gone since 1.2, CVE-2022-24769) and an older ociVersion.
for (const rootless of [false, true]) {
  test(`the text is runc's${rootless ? ", rootless" : ""}`, { skip: needs("runc", "root") }, () => {
    const directory = mkdtempSync(join(tmpdir(), "tsrunc-test-spec-"));
    try {
      assert.equal(spawnSync("runc", rootless ? ["spec", "--rootless"] : ["spec"], { cwd: directory }).status, 0);
      const theirs = JSON.parse(readFileSync(join(directory, "config.json"), "utf8")) as ReturnType<typeof specTemplate>;
      theirs.ociVersion = "1.3.0";
      theirs.hostname = "tsrunc";
      delete theirs.process?.capabilities?.ambient;
      const cgroup2 = theirs.linux?.namespaces?.some(({ type }) => type === "cgroup") ?? false;
      assert.equal(stringifyJson(specTemplate({ ...root, rootless, cgroup2 }), "\t"), JSON.stringify(theirs, null, "\t"));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}
