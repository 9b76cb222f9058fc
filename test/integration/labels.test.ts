// AppArmor and SELinux: a label is enforced, or the command fails. The kernel's side needs a machine that has such a module.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { runCommand } from "../support/command.js";
import { tsruncPath } from "../support/paths.js";
import { assertRefused, runTarget } from "../support/exec.js";
import { assertNothingLeft } from "../support/leaks.js";
import { needs, needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();
const apparmor =
  existsSync("/sys/kernel/security/apparmor") && readFileSync("/sys/module/apparmor/parameters/enabled", "utf8").startsWith("Y");
/** A profile that denies one file. */
const profile = (name: string) => `profile ${name} flags=(attach_disconnected) { file, capability, signal, deny /etc/passwd r, }\n`;
const selinux = existsSync("/sys/fs/selinux/enforce");

const createError = async (t: Parameters<typeof runTarget>[0], process: object): Promise<string> => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["true"], ...process } });
  const { code, stdout, stderr } = await runtime.run(["create", "--bundle", bundle.dir, scratch.id()]);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, stderr);
  await assertNothingLeft(scratch.marker, [runtime.root]);
  return stderr;
};

test("without AppArmor a profile is an error, of create and of exec", { skip: skip || (apparmor && "AppArmor is there") }, async (t) => {
  const text = "apparmor: config provided but apparmor not supported";
  const error = await createError(t, { apparmorProfile: "docker-default" });
  assert.match(error, new RegExp(`config\\.json:\\d+:\\d+ /process/apparmorProfile: ${text}`));
  const target = await runTarget(t, { process: { apparmorProfile: "unconfined" } });
  assert.equal(await target.sh("echo ok", ["--apparmor", "unconfined"]), "ok\n");
  assertRefused(await target.exec(["--apparmor", "docker-default"], ["true"]), new RegExp(text));
});

test("with AppArmor the profile is the program's", { skip: skip || (!apparmor && "needs AppArmor") }, async (t) => {
  const target = await runTarget(t, { process: { apparmorProfile: "unconfined" } });
  assert.equal(await target.sh("cat /proc/self/attr/apparmor/current"), "unconfined\n");
  const missing = await createError(t, { apparmorProfile: "tsrunc-no-such-profile" });
  assert.match(missing, /apparmor \(config\.json:\d+:\d+ \/process\/apparmorProfile\): write\(.*attr\/apparmor\/exec.*load the profile/);
  assertRefused(
    await target.exec(["--apparmor", "tsrunc-no-such-profile"], ["true"]),
    /apparmor \(cli:--apparmor\): write\(.*load the profile/,
  );
});

const skipLoad = skip || (!apparmor && "needs AppArmor") || needs("apparmor_parser");

test("a profile that is loaded confines the program and what exec adds", { skip: skipLoad }, async (t) => {
  const scratch = new Scratch(t);
  const name = scratch.marker;
  execFileSync("apparmor_parser", ["--replace", "--skip-cache"], { input: profile(name) });
  t.after(() => void execFileSync("apparmor_parser", ["--remove"], { input: profile(name) }));
  const target = await runTarget(t, { process: { apparmorProfile: name } });
  assert.equal(readFileSync(`/proc/${target.pid}/attr/apparmor/current`, "utf8"), `${name} (enforce)\n`);
  const read = "cat /etc/passwd >/dev/null 2>&1 && echo read || echo refused; cat /proc/self/attr/apparmor/current";
  assert.equal(await target.sh(read), `refused\n${name} (enforce)\n`);
  // As podman does before it calls a runtime for a container with id maps.
  const bundle = scratch.makeBundle({ process: { args: ["cat", "/proc/self/attr/apparmor/current"], apparmorProfile: name } });
  const covered = ["--mount", "sh", "-c", 'mount -t tmpfs none /sys/kernel && exec "$0" "$@"', tsruncPath, "--root", scratch.path("state")];
  const { stdout, stderr } = await runCommand("unshare", [...covered, "run", "--bundle", bundle.dir, scratch.id()]);
  assert.deepEqual([stdout, stderr], [`${name} (enforce)\n`, ""]);
  const free = await runTarget(t);
  assert.match(await free.sh(read), /^read\nunconfined\n/);
  assert.equal(await free.sh(read, ["--apparmor", name]), `refused\n${name} (enforce)\n`);
});

test("without SELinux a label is an error, of create and of exec", { skip: skip || (selinux && "SELinux is there") }, async (t) => {
  const text = "selinux label is specified in config, but selinux is disabled or not supported";
  const error = await createError(t, { selinuxLabel: "system_u:system_r:container_t:s0" });
  assert.match(error, new RegExp(`config\\.json:\\d+:\\d+ /process/selinuxLabel: ${text}`));
  const target = await runTarget(t, { process: { selinuxLabel: "" } });
  assert.equal(await target.sh("echo ok", ["--process-label="]), "ok\n");
  assertRefused(await target.exec(["--process-label", "a:b:c"], ["true"]), new RegExp(text));
});
