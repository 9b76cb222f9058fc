import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { host } from "tsrunc:host";
import { maxDepth } from "../../../src/spec/json.js";
import { Entry } from "../../../src/store/entry.js";
import type { SavedState } from "../../../src/store/state.js";

const { native } = host;

function scratch(run: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), "tsrunc-store-"));
  try {
    run(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const state: SavedState = {
  version: 1,
  id: "c",
  ociVersion: "1.3.0",
  bundle: "/b",
  rootfs: "/b/rootfs",
  created: "2026-01-02T03:04:05Z",
  pid: 42,
  startTime: "18446744073709551615",
  systemdCgroup: false,
  rootless: false,
  cgroups: [{ version: 1, dir: "/sys/fs/cgroup/pids/c", controllers: ["pids"] }],
  afterGate: [],
  summary: { userNamespace: false, ownPids: false },
  config: { linux: { resources: { memory: { limit: 9223372036854771712n } } } },
};

test("the directory is 0711 whatever the umask; a second create is refused", () => {
  scratch((root) => {
    const umask = process.umask(0o077);
    new Entry(native, root, "c").create();
    process.umask(umask);
    assert.equal(statSync(join(root, "c")).mode & 0o7777, 0o711);
    assert.throws(() => new Entry(native, root, "c").create(), { message: "container with given ID already exists" });
  });
});

test("what is saved is what is loaded, 64-bit integers included, and no temporary file stays", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    assert.equal(entry.loadState(), undefined);
    entry.saveState({ ...state, pid: 41 });
    entry.saveState(state);
    assert.deepEqual(entry.loadState(), state);
    assert.deepEqual(readdirSync(entry.dir), ["state.json"]);
    assert.equal(statSync(join(entry.dir, "state.json")).mode & 0o777, 0o600);
    entry.saveJournal({ version: 1, id: "c", undo: [{ id: "store/create", op: { verb: "store.remove" } }] });
    assert.deepEqual(entry.loadJournal()?.undo, [{ id: "store/create", op: { verb: "store.remove" } }]);
  });
});

test("the configuration is on a line of its own and read only when it is asked for", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    const file = join(entry.dir, "state.json");
    // What looks like the border, in every kind of place.
    const tricky = ',\n"config":{';
    const saved = { ...state, bundle: tricky, config: { annotations: { [tricky]: tricky } } };
    entry.saveState(saved);
    assert.deepEqual(entry.loadState(), saved);
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), JSON.parse(JSON.stringify(saved)));
    const [head] = readFileSync(file, "utf8").split("\n");
    writeFileSync(file, `${head}\n"config":{"linux":nonsense}}`);
    assert.equal(entry.loadState()?.pid, state.pid);
    assert.throws(() => entry.loadState()?.config, /state.json: damaged: /);
    writeFileSync(file, `${head}\n"config":{"linux":`);
    assert.throws(() => entry.loadState(), /damaged: it ends too early/);
  });
});

test("what stands before the configuration may be wide, but no deeper than JSON may be", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    const wide = { ...state, extra: Array(1000).fill([]) };
    entry.saveState(wide);
    assert.deepEqual(entry.loadState(), wide);
    let deep: unknown = [];
    for (let level = 1; level < maxDepth; level++) deep = [deep];
    const nested = { ...state, extra: deep };
    entry.saveState(nested);
    assert.throws(() => entry.loadState(), new RegExp(`state.json: damaged: .*: nested deeper than ${maxDepth} levels$`));
  });
});

test("long files: the configuration, or all that stands before it", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    const long = Array.from({ length: 5000 }, (_, index) => `\u20ac ${index}`);
    const saved = { ...state, config: { process: { args: long } } };
    entry.saveState(saved);
    assert.deepEqual(entry.loadState(), saved);
    const annotated = { ...saved, summary: { ...state.summary, annotations: { long: long.join() } } };
    entry.saveState(annotated);
    assert.deepEqual(entry.loadState(), annotated);
    // Replaced between the one and the other: the configuration is that of the new file.
    entry.saveState(saved);
    const loaded = entry.loadState();
    entry.saveState({ ...saved, config: { hostname: "new" } });
    assert.deepEqual(loaded?.config, { hostname: "new" });
  });
});

test("a state.json from before there was a summary", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    const linux = { namespaces: [{ type: "pid" }, { type: "user", path: "/proc/1/ns/user" }] };
    const hooks = { prestart: [{ path: "/a" }], poststop: [{ path: "/b" }] };
    const { summary: _, ...old } = { ...state, config: { ociVersion: "1.2.0", linux, hooks, annotations: { a: "b" } } };
    writeFileSync(join(entry.dir, "state.json"), JSON.stringify(old));
    const expected = { annotations: { a: "b" }, hooks: { poststop: [{ path: "/b" }] }, userNamespace: true, ownPids: true };
    assert.deepEqual(entry.loadState(), { ...old, summary: expected });
    writeFileSync(join(entry.dir, "state.json"), JSON.stringify({ ...old, config: 1 }));
    assert.throws(() => entry.loadState(), /"config" or "summary" is missing/);
    writeFileSync(join(entry.dir, "state.json"), JSON.stringify({ ...old, config: { ...old.config, hooks: 5 } }));
    assert.throws(() => entry.loadState(), /state.json: damaged: \/config\/hooks: must be an object, not 5/);
  });
});

test("one holds the lock; it is free once given back", () => {
  scratch((root) => {
    const first = new Entry(native, root, "c");
    first.create();
    const second = new Entry(native, root, "c");
    assert.equal(second.tryLock(), false);
    assert.throws(() => second.lock(20), /container c is in use by another command/);
    first.unlock();
    assert.equal(second.tryLock(), true);
  });
});

test("the lock of a directory that was replaced is no lock", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    renameSync(entry.dir, join(root, "old"));
    assert.throws(() => new Entry(native, root, "c").lock(20), { message: "container does not exist" });
    mkdirSync(entry.dir);
    assert.equal(new Entry(native, root, "c").tryLock(), true);
  });
});

test("effects that were noted", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    assert.equal(entry.effects().size, 0);
    entry.noteEffect("cgroup/create/pids");
    entry.noteEffect("pidfile");
    assert.ok(entry.effects().has("cgroup/create/pids") && entry.effects().has("pidfile"));
    assert.ok(!entry.effects().has("cgroup/create/cpu"));
  });
});

test("remove takes our files and the directory; strangers' files stop it", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    entry.saveState(state);
    entry.noteEffect("x");
    entry.remove();
    assert.ok(!existsSync(entry.dir));
    entry.remove();
    entry.create();
    writeFileSync(join(entry.dir, "mine"), "");
    assert.throws(() => entry.remove(), /holds files that are not ours: mine/);
  });
});

test("a journal whose steps are not as the op table says is damaged: nothing of it reaches the kernel", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    const load = (op: string) => {
      writeFileSync(join(entry.dir, "journal.json"), `{"version":1,"id":"c","undo":[{"id":"a","op":${op}}]}`);
      return entry.loadJournal();
    };
    assert.equal(load('{"verb":"cgroup.remove","version":2,"dir":"/sys/fs/cgroup/c"}')?.undo.length, 1);
    for (const op of [
      '{"verb":"cgroup.remove","version":2}',
      '{"verb":"cgroup.remove","version":2,"dir":null}',
      '{"verb":"pidfile.remove","path":5}',
    ]) {
      assert.throws(
        () => load(op),
        /journal.json: damaged: "(dir|path)" of an undo step \((cgroup|pidfile)\.remove\) is missing or has another type/,
      );
    }
    assert.throws(() => load('{"verb":"systemd.stop","unit":"a.scope","user":1,"mark":""}'), /"user" of an undo step/);
    assert.throws(() => load('{"verb":"toString"}'), /known verb/);
  });
});

test("links, other types, wrong contents and giants are refused", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    const file = join(entry.dir, "state.json");
    const refused = (content: string, expected: RegExp) => {
      writeFileSync(file, content);
      assert.throws(() => entry.loadState(), expected);
    };
    refused("", /damaged/);
    refused("[]", /damaged: not an object/);
    refused("{", /damaged/);
    refused('{"version":2,"id":"c"}', /version 2/);
    refused('{"version":1,"id":"other"}', /of container other/);
    refused('{"version":1,"id":"c"}', /"ociVersion" is missing/);
    for (const [name, value] of Object.entries({
      cgroups: [{ version: 1, dir: "/sys/fs/cgroup/a", controllers: 5 }],
      afterGate: [null],
      addedMounts: [{ target: "/a" }],
      descriptors: [1],
      summary: { annotations: { a: 1 }, userNamespace: false, ownPids: true },
    })) {
      writeFileSync(file, JSON.stringify({ ...state, config: {}, [name]: value }));
      assert.throws(() => entry.loadState(), /state.json: damaged: /, name);
    }
    entry.saveState({ ...state, pid: 0 });
    assert.throws(() => entry.loadState(), /"pid" is 0/);
    entry.saveState({ ...state, pid: -1 });
    assert.throws(() => entry.loadState(), /"pid" is -1/);
    writeFileSync(file, "");
    truncateSync(file, 65 * 1024 * 1024);
    assert.throws(() => entry.loadState(), /larger than/);
    rmSync(file);
    writeFileSync(join(root, "elsewhere"), "{}");
    symlinkSync(join(root, "elsewhere"), file);
    assert.throws(() => entry.loadState(), /not a regular file/);
    rmSync(file);
    mkdirSync(file);
    assert.throws(() => entry.loadState(), /not a regular file/);
  });
});

test("a journal with an unknown verb is refused", () => {
  scratch((root) => {
    const entry = new Entry(native, root, "c");
    entry.create();
    for (const op of [{ verb: "rm.rf" }, { verb: "constructor" }, {}, null]) {
      writeFileSync(join(entry.dir, "journal.json"), JSON.stringify({ version: 1, id: "c", undo: [{ id: "x", op }] }));
      assert.throws(() => entry.loadJournal(), /undo step without id or known verb/);
    }
  });
});

test("a link in place of the directory is no container", () => {
  scratch((root) => {
    mkdirSync(join(root, "real"));
    symlinkSync(join(root, "real"), join(root, "c"));
    assert.throws(() => new Entry(native, root, "c").lock(), { message: "container does not exist" });
  });
});
