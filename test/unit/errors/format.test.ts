import assert from "node:assert/strict";
import test from "node:test";
import { errnoName, errnoNumber, errnoText } from "../../../src/errors/errno.js";
import { SysError, TsruncError } from "../../../src/errors/errors.js";
import { bugStack, describeCall, exitCodeOf, formatError, prefixed, runtimeStepError, stepError } from "../../../src/errors/format.js";

const step = { id: "mounts/3/bind", at: "/mounts/3", verb: "mount.bind", where: "config.json:41:17" };

test("a failed call names step, place, call and errno, with the text in lower case", () => {
  const error = stepError(step, { errno: 22, call: 'move_mount("/data")', object: "/data", text: "" });
  assert.equal(error.message, 'mounts/3/bind (config.json:41:17 /mounts/3): move_mount("/data"): EINVAL (invalid argument)');
  assert.equal(error.fields.code, "EINVAL");
  assert.equal(error.fields.op, "mount.bind");
});

test("the object is added only where the call does not show it", () => {
  assert.equal(describeCall("mkdirat(5)", 13, "/x"), 'mkdirat(5) on "/x": EACCES (permission denied)');
  assert.equal(describeCall('mkdirat(5, "/x")', 13, "/x"), 'mkdirat(5, "/x"): EACCES (permission denied)');
});

test("a text that is interface is kept as it is", () => {
  const text = 'exec: "x": executable file not found in $PATH';
  const error = stepError(
    { id: "process/lookup", at: "/process/args", verb: "process.lookup" },
    { errno: 2, call: "stat", object: "x", text },
  );
  assert.equal(error.message, `process/lookup (/process/args): ${text}`);
});

test("a refused state has no errno", () => {
  const error = stepError(step, { errno: 0, call: "the target is on procfs", object: "/proc/x", text: "" });
  assert.equal(error.message, "mounts/3/bind (config.json:41:17 /mounts/3): the target is on procfs");
  assert.equal(error.fields.code, undefined);
});

test("the runtime's own failures get their step once", () => {
  const first = runtimeStepError(step, new SysError('open("/x")', 2, "ENOENT", "No such file or directory", "/x"));
  assert.match(first.message, /^mounts\/3\/bind .*: open\("\/x"\): ENOENT \(no such file or directory\)$/);
  assert.equal(runtimeStepError({ ...step, id: "other" }, first), first);
  const bug = new RangeError("bug");
  assert.throws(() => runtimeStepError(step, bug), bug);
});

test("prefixes keep the fields; bugs pass unchanged", () => {
  const error = prefixed("tsrunc create failed: ", new TsruncError("container with given ID already exists", { exitCode: 7 }));
  assert.equal(formatError(error), "tsrunc create failed: container with given ID already exists");
  assert.equal(exitCodeOf(error), 7);
  const bug = new TypeError("x is undefined");
  assert.equal(prefixed("p: ", bug), bug);
  assert.equal(exitCodeOf(bug), 1);
  assert.match(formatError(bug), /^internal error .*x is undefined$/);
  assert.ok(bugStack(bug)?.includes("TypeError"));
  assert.equal(bugStack(error), undefined);
});

test("one line, whatever a hook has printed; the hint comes last", () => {
  assert.equal(formatError(new TsruncError("stdout: a\nb\r\nc\n", { hint: "do this" })), "stdout: a\\nb\\nc\\n [hint: do this]");
});

test("nothing of a message moves the cursor of a terminal or turns its text around", () => {
  assert.equal(
    formatError(new TsruncError("a\u001b[2Jb\tc\rd\u009be\u007ff\u202eg\u2028h é")),
    "a\\u001b[2Jb\\u0009c\\u000dd\\u009be\\u007ff\\u202eg\\u2028h é",
  );
});

test("of a message that nobody can read the ends are shown", () => {
  const line = formatError(new TsruncError(`${"a".repeat(100_000)}: the reason`));
  assert.ok(line.length < 17_000);
  assert.match(line, /^a+\[\.\.\. 83628 characters \.\.\.\]a+: the reason$/);
});

test("a long key does not push the reason out of the line", () => {
  const key = "x".repeat(70_000);
  const long = stepError({ ...step, id: `sysctl/${key}`, at: `/linux/sysctl/${key}` }, { errno: 22, call: "write", object: key, text: "" });
  const shown = (begin: string) => `${begin}x+\\[\\.\\.\\. \\d+ characters \\.\\.\\.\\]x{256}`;
  assert.match(formatError(long), new RegExp(`^${shown("sysctl/")} \\(config\\.json:41:17 ${shown("/linux/sysctl/")}\\): write on "x+\\[`));
});

test("errno tables agree with each other", () => {
  assert.equal(errnoName(2), "ENOENT");
  assert.equal(errnoText(2), "no such file or directory");
  assert.equal(errnoText(5), "input/output error");
  assert.equal(errnoText(132), "operation not possible due to RF-kill");
  assert.equal(errnoNumber("EACCES"), 13);
  assert.equal(errnoName(4242), "errno 4242");
});
