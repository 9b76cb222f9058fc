// One recorded call with everything abstracted filled in, and what must hold when it succeeds or fails.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { RecordedCall } from "./calls.js";
import type { EngineHost, Flavour, Outcome } from "./engine-host.js";

/** Values for the numbers of an `update`, that were abstracted to <n>. */
const numbers: Readonly<Record<string, number>> = { limit: 134217728, swap: 134217728, quota: 25000, period: 100000, cpus: 0 };
const fillIn = (json: string) =>
  json.replaceAll(/"(\w+)":("?)<n>\2/g, (_, key: string, quote: string) => `"${key}":${quote}${numbers[key]}${quote}`);

/** One call with everything abstracted filled in. */
export class Replay {
  readonly call: RecordedCall;
  readonly host: EngineHost;
  readonly flavour: Flavour;
  readonly stdin: string | undefined;
  static #count = 0;
  readonly #number = `${process.pid}${++Replay.#count}`;

  constructor(host: EngineHost, call: RecordedCall, stdin: string | undefined) {
    this.call = call;
    this.host = host;
    this.stdin = stdin === undefined ? undefined : fillIn(stdin);
    const xdg = this.circumstances.env.get("XDG_RUNTIME_DIR") ?? "";
    this.flavour = host.flavour(this.recordedFlag("--root"), xdg !== "");
  }

  get circumstances() {
    const [only] = this.call.circumstances;
    assert.ok(only !== undefined && this.call.circumstances.length === 1);
    return only;
  }

  recordedFlag(name: string): string | undefined {
    const { words } = this.call;
    const joined = words.find((word) => word.startsWith(`${name}=`));
    return joined?.slice(name.length + 1) ?? (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
  }

  has(name: string): boolean {
    return this.recordedFlag(name) !== undefined;
  }

  /** The id that the call uses: the container's own shape (`buildah-buildah<n>`), else a new one. */
  newId(): string {
    const shaped = this.call.words.find((word) => /^[a-z-]+<n>$/.test(word));
    return shaped === undefined ? this.flavour.newId() : this.flavour.id(shaped.replace("<n>", this.#number));
  }

  #fill(word: string, before: string | undefined, id: string): string {
    const shaped = /^[a-z-]+<n>$/.test(word);
    // "/engine" alone stands for several temporary files.
    const whole = word === "/engine" ? `/engine/${before?.replaceAll("-", "")}-${this.#number}` : word;
    const filled = whole.replaceAll("<id>", id).replaceAll("<path>", "/work").replaceAll("<n>", this.#number);
    const path = /^(--[\w-]+=)?(\/.*)$/.exec(filled);
    return shaped ? id : path === null ? filled : `${path[1] ?? ""}${this.host.path(path[2] ?? "")}`;
  }

  words(id: string): string[] {
    return this.call.words.map((word, index, all) => this.#fill(word, all[index - 1], id));
  }

  flag(name: string, id: string): string {
    const words = this.words(id);
    const joined = words.find((word) => word.startsWith(`${name}=`));
    return joined?.slice(name.length + 1) ?? words[words.indexOf(name) + 1] ?? "";
  }

  log(id: string): string {
    const path = this.has("--log") ? this.flag("--log", id) : "";
    return path !== "" && existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Directories that the engine had made. */
  prepare(id: string): void {
    for (const name of ["--log", "--pid-file", "--process", "--resources", "--console-socket", "--image-path"]) {
      const path = this.has(name) ? this.flag(name, id) : "-";
      if (path.startsWith("/")) mkdirSync(dirname(path), { recursive: true });
    }
  }

  async run(id: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const { cwd, fds, env: recordedEnv } = this.circumstances;
    const circumstances = {
      cwd: cwd.replaceAll("<id>", id).replaceAll("<n>", this.#number),
      fds,
      env: new Map([...recordedEnv, ...Object.entries(env)]),
    };
    return this.host.call(this.flavour.command, this.words(id), circumstances, this.stdin);
  }

  /** It must succeed, with this on stdout, nothing on stderr and no record in the log. */
  async succeeds(
    id: string,
    stdout: string | RegExp = "",
    { code = 0, env = {} }: { code?: number; env?: Record<string, string> } = {},
  ): Promise<Outcome> {
    this.prepare(id);
    const log = this.log(id);
    const outcome = await this.run(id, env);
    const { stdout: printed } = outcome;
    assert.deepEqual({ code: outcome.code, stderr: outcome.stderr }, { code, stderr: "" }, printed);
    const unread = this.circumstances.fds.get(1) === "/dev/null";
    if (typeof stdout === "string") assert.equal(printed, stdout);
    else if (!unread) assert.match(printed, stdout);
    assert.equal(this.log(id), log, "the log holds no new record");
    return outcome;
  }

  /** It must fail with one error record in the log, if there is one, and the same text for people where they look. */
  async fails(id: string, text: RegExp, code = 1): Promise<void> {
    this.prepare(id);
    const log = this.log(id);
    const outcome = await this.run(id);
    const records = this.log(id).slice(log.length);
    const shown = outcome.stdout + outcome.stderr;
    assert.equal(outcome.code, code, shown + records);
    const read = this.circumstances.fds.get(2) !== "/dev/null";
    if (!this.has("--log")) {
      if (read) assert.match(shown, /^time="[^"]+" level=error msg="[^\n]*"\n$/);
      if (read) assert.match(shown, text);
      return;
    }
    assert.match(records, /^[^\n]+\n$/, "one record");
    const record = JSON.parse(records) as Record<string, string>;
    assert.deepEqual(Object.keys(record).sort(), ["level", "msg", "time"]);
    assert.equal(record["level"], "error");
    assert.match(record["time"] ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.match(record["msg"] ?? "", text);
    if (read) assert.equal(shown, `${record["msg"]}\n`);
  }
}
