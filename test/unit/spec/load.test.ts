import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TsruncError } from "../../../src/errors/errors.js";
import { parseConfig } from "../../../src/spec/load.js";
import { checkRules } from "../../../src/spec/rules/index.js";
import { context } from "./rules/support.js";
import { absent, bundleNames, bundles } from "./shared.js";

const load = (text: string) => parseConfig(new TextEncoder().encode(text), "config.json");

function refuses(text: string, message: string, at?: string): void {
  assert.throws(
    () => load(text),
    (error) => {
      assert.ok(error instanceof TsruncError);
      assert.equal(error.message, message);
      if (at !== undefined) assert.equal(error.fields.at, at);
      return true;
    },
  );
}

const linux = (inner: string): string => `{"ociVersion":"1.3.0",\n"linux":${inner}}`;

test("nothing, or null, is no config", () => {
  for (const text of ["", "null"]) refuses(text, "config.json:1:1: config cannot be null");
  refuses(" \n ", "config.json:2:2: config cannot be null");
  refuses("\n null", "config.json:2:2: config cannot be null");
});

test("schema errors say where, what and what instead", () => {
  refuses("[]", "config.json:1:1: must be an object, not an array");
  refuses("{}", "config.json:1:1 /ociVersion: is required, but missing", "/ociVersion");
  refuses('{"ociVersion":"1","root":{}}', "config.json:1:26 /root/path: is required, but missing");
  refuses('{"ociVersion":"1","process":{}}', "config.json:1:29 /process/cwd: Cwd property must not be empty", "/process/cwd");
  refuses(
    '{"ociVersion":"1",\n "mounts":[\n  {"destination":"/a"},\n  {"destination":3}]}',
    "config.json:4:18 /mounts/1/destination: must be a string, not 3",
  );
  refuses('{"ociVersion":"1","mounts":null}', "config.json:1:28 /mounts: must be an array, not null");
  refuses('{"ociVersion":"1","annotations":{"a/b":[]}}', "config.json:1:40 /annotations/a~1b: must be a string, not an array");
  refuses(
    '{"ociVersion":"1","process":{"cwd":"/","terminal":"yes"}}',
    'config.json:1:51 /process/terminal: must be true or false, not "yes"',
  );
  refuses(
    linux('{"namespaces":[{"type":"net"}]}'),
    'config.json:2:32 /linux/namespaces/0/type: must be one of "pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time", not "net"',
  );
  refuses(
    linux('{"devices":[{"type":"x","path":"/dev/x"}]}'),
    'config.json:2:29 /linux/devices/0/type: invalid device type "x": must be one of "c", "b", "u", "p"',
  );
  refuses(
    '{"ociVersion":"1","process":{"cwd":"/","rlimits":[{"type":"nofile","soft":1,"hard":1}]}}',
    "config.json:1:59 /process/rlimits/0/type: wrong rlimit value: nofile",
  );
  refuses(
    linux('{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[],"action":"SCMP_ACT_LOG"}]}}'),
    "config.json:2:75 /linux/seccomp/syscalls/0/names: must have at least 1 entry",
  );
  refuses(
    linux('{"resources":{"hugepageLimits":[{"pageSize":"64kB","limit":1}]}}'),
    'config.json:2:53 /linux/resources/hugepageLimits/0/pageSize: must be a page size such as "64KB", "2MB" or "1GB", not "64kB"',
  );
  refuses(
    '{"ociVersion":"1","process":{"cwd":"/","user":{"uid":-1}}}',
    "config.json:1:54 /process/user/uid: must be an integer from 0 to 4294967295, not -1",
  );
  refuses(
    '{"ociVersion":"1","process":{"cwd":"/","oomScoreAdj":1.5}}',
    "config.json:1:54 /process/oomScoreAdj: must be an integer, not 1.5",
  );
  refuses(
    '{"ociVersion":"1","hooks":{"poststop":[{"path":"/x","timeout":0}]}}',
    "config.json:1:63 /hooks/poststop/0/timeout: must be an integer of at least 1, not 0",
  );
});

test("a key of megabytes is shortened where its place is said", () => {
  const key = "x".repeat(3_000_000);
  const place = `/linux/netDevices/${"x".repeat(750)}[... 2998994 characters ...]${"x".repeat(256)}`;
  refuses(linux(`{"netDevices":{"${key}":1}}`), `config.json:2:3000027 ${place}: must be an object, not 1`);
});

test("64-bit integers: exact values, exact bounds", () => {
  const limit = (text: string): unknown => load(linux(`{"resources":{"memory":{"limit":${text}}}}`)).config.linux?.resources?.memory?.limit;
  assert.equal(limit("9223372036854775807"), 9223372036854775807n);
  assert.equal(limit("-9223372036854775808"), -9223372036854775808n);
  assert.equal(limit("1.0"), 1);
  assert.equal(limit("9.223372036854775807e18"), 9223372036854775807n);
  const range = "must be an integer from -9223372036854775808 to 9223372036854775807";
  const at = "config.json:2:41 /linux/resources/memory/limit";
  for (const text of ["9223372036854775808", "-9223372036854775809", "18446744073709551615"]) {
    refuses(linux(`{"resources":{"memory":{"limit":${text}}}}`), `${at}: ${range}, not ${text}`);
  }
  const swappiness = (text: string): unknown =>
    load(linux(`{"resources":{"memory":{"swappiness":${text}}}}`)).config.linux?.resources?.memory?.swappiness;
  assert.equal(swappiness("18446744073709551615"), 18446744073709551615n);
  for (const text of ["18446744073709551616", "-1"])
    assert.throws(() => swappiness(text), /must be an integer from 0 to 18446744073709551615/);
});

test("integers of 32 bits refuse larger ones, bigints included", () => {
  const uid = (text: string) => () => load(`{"ociVersion":"1","process":{"cwd":"/","user":{"uid":${text}}}}`);
  uid("4294967295")();
  for (const text of ["4294967296", "18446744073709551616", "99999999999999999999999"]) assert.throws(uid(text), /from 0 to 4294967295/);
});

test("what engines write beside the official schema is taken", () => {
  for (const value of ["rslave", "rshared", "rprivate", "runbindable", "shared"]) load(linux(`{"rootfsPropagation":"${value}"}`));
  refuses(
    linux('{"rootfsPropagation":"rslav"}'),
    'config.json:2:30 /linux/rootfsPropagation: must be one of "private", "shared", "slave", "unbindable", "rprivate", "rshared", "rslave", "runbindable", not "rslav"',
  );
  load(linux('{"devices":[{"type":"c","path":"/dev/x","major":1,"minor":3,"fileMode":8630}]}'));
});

test("null is not taken for absent", () => {
  refuses('{"ociVersion":"1","hostname":null}', "config.json:1:30 /hostname: must be a string, not null");
  refuses(linux('{"seccomp":null}'), "config.json:2:20 /linux/seccomp: must be an object, not null");
});

test("unknown properties are ignored", () => {
  load('{"ociVersion":"1","x":{"y":[null]},"process":{"cwd":"/","z":1},"linux":{"resources":{"q":9007199254740993}}}');
});

test("where() gives positions for pointers only", () => {
  const { where } = load('{"ociVersion":"1",\n"mounts":[{"destination":"/"}]}');
  assert.equal(where("/mounts/0"), "config.json:2:11");
  assert.equal(where("/mounts/0/options/1"), "config.json:2:11");
  assert.equal(where(""), "config.json:1:1");
  assert.equal(where("cli:--no-pivot"), undefined);
  assert.equal(where("default:/dev"), undefined);
});

test("every config.json of real engines passes, or is refused for a property that is not supported yet", { skip: absent(bundles) }, (t) => {
  const refused: string[] = [];
  for (const name of bundleNames()) {
    const loaded = parseConfig(readFileSync(join(bundles, name)), name);
    for (const mode of ["hybrid", "v2"] as const) {
      try {
        checkRules(loaded, context({ mode }));
      } catch (error) {
        assert.match(String(error), /is not supported by this version of tsrunc/, name);
        refused.push(String(error));
      }
    }
  }
  for (const line of new Set(refused)) t.diagnostic(line);
  assert.ok(refused.length <= 2, `${refused.length} refusals`);
});
