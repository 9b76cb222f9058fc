import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { host } from "tsrunc:host";
import { formatRecord, Log, parseLogFormat } from "../../../src/log/log.js";

function scratch(run: (dir: string) => void): void {
  const dir = mkdtempSync(join(tmpdir(), "tsrunc-log-"));
  try {
    run(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("a JSON record is one line that any reader decodes", () => {
  const msg = 'a "quoted"\n\u0007 line é';
  const record = formatRecord("json", "error", msg, "2026-01-02T03:04:05Z");
  assert.match(record, /^[^\n]+\n$/);
  assert.ok(!/[\u0000-\u0009\u000b-\u001f]/.test(record));
  assert.deepEqual(JSON.parse(record), { level: "error", msg, time: "2026-01-02T03:04:05Z" });
});

test("a text record as logrus prints it", () => {
  assert.equal(formatRecord("text", "error", 'a "b"', "T"), 'time="T" level=error msg="a \\"b\\""\n');
});

test("formats", () => {
  assert.equal(parseLogFormat("json"), "json");
  assert.throws(() => parseLogFormat("xml"), { message: "invalid log-format: xml" });
});

test("with a file the record is appended there and the text goes to stderr", () => {
  scratch((dir) => {
    const path = join(dir, "log.json");
    writeFileSync(path, "before\n");
    let stderr = "";
    const log = new Log(host.native, (text) => (stderr += text), { path, format: "json", debug: false });
    log.debug("not shown");
    log.fatal("it broke");
    const [before, record, end] = readFileSync(path, "utf8").split("\n");
    assert.equal(before, "before");
    assert.equal(end, "");
    const { level, msg, time } = JSON.parse(record ?? "") as Record<string, string>;
    assert.deepEqual([level, msg], ["error", "it broke"]);
    assert.match(time ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(Math.abs(Date.parse(time ?? "") - Date.now()) < 5000);
    assert.equal(stderr, "it broke\n");
  });
});

test("without a file the record alone goes to stderr; debug only when asked for", () => {
  let stderr = "";
  const log = new Log(host.native, (text) => (stderr += text), { path: undefined, format: "text", debug: true });
  log.debug("d");
  log.fatal("f");
  assert.match(stderr, /^time="[^"]+" level=debug msg="d"\ntime="[^"]+" level=error msg="f"\n$/);
});

test("the file is made 0644 when the log is opened, and an unusable path is an error then", () => {
  scratch((dir) => {
    const path = join(dir, "new.log");
    const umask = process.umask(0o022);
    new Log(host.native, () => undefined, { path, format: "json", debug: false });
    process.umask(umask);
    assert.equal(statSync(path).mode & 0o777, 0o644);
    assert.throws(() => new Log(host.native, () => undefined, { path: join(dir, "no/log"), format: "json", debug: false }), {
      code: "ENOENT",
    });
  });
});
