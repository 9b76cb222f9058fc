// A user without root, to whom one of his groups denies something.
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installAttacker } from "../support/attack.js";
import { type CommandResult, runCommand } from "../support/command.js";
import { tsruncPath } from "../support/paths.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const [user, group] = [1000, 5000];

// CVE-2014-8989. There is no defence of ours to leave out: since 3.19 the kernel takes no gid_map from a user who has not denied setgroups.
test("a group that denies access is given up in a user namespace", { skip: needsContainers("gcc") }, async (t) => {
  const scratch = new Scratch(t);
  const root = scratch.path("state");
  const run = (...args: readonly string[]): Promise<CommandResult> =>
    runCommand("setpriv", [`--reuid=${user}`, `--regid=${user}`, `--groups=${group}`, tsruncPath, "--root", root, ...args]);
  const { dir, rootfs } = scratch.makeBundle();
  mkdirSync(root);
  for (const path of [root, dir, rootfs]) chownSync(path, user, user);
  installAttacker(join(rootfs, "attacker"));
  // For all but the group.
  const secret = join(rootfs, "secret");
  writeFileSync(secret, "secret");
  chownSync(secret, 0, group);
  chmodSync(secret, 0o604);

  const file = join(dir, "config.json");
  rmSync(file);
  assert.equal((await run("spec", "--rootless", "--bundle", dir)).code, 0);
  const config = JSON.parse(readFileSync(file, "utf8")) as { process: object };
  Object.assign(config.process, { terminal: false, args: ["/attacker", "leave", "/secret"] });
  writeFileSync(file, JSON.stringify(config));
  const { code, stdout, stderr } = await run("run", "--bundle", dir, scratch.id());
  assert.deepEqual({ code, stdout, stderr }, { code: 1, stdout: "groups given up 0\n", stderr: "" });
});
