// A directory for one test, with bundles, a state root and a name (`marker`) that all it makes carries: container ids, cgroups, paths.
// So what is left behind can be found, and other tests (or engines) on the same machine are not mistaken for it.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TestContext } from "node:test";
import { makeRootfs } from "../../scripts/lib/rootfs.mjs";
import { type ConfigPatch, type TestConfig, applyPatch, baseConfig } from "./config.js";
import { killLeftProcesses, removeLeftCgroups, unmountLeft } from "./leaks.js";
import { Runtime } from "./runtime.js";
import { tsruncPath } from "./paths.js";

export interface Bundle {
  readonly dir: string;
  readonly rootfs: string;
  /** As written; change it and call `save` to write it again. */
  readonly config: TestConfig;
  save(): void;
}

export interface BundleOptions {
  /** Share this rootfs instead of making a new one. */
  readonly rootfs?: string;
  /** The configuration to start from, instead of baseConfig(). */
  readonly config?: TestConfig;
}

export class Scratch {
  readonly marker: string;
  readonly dir: string;
  #count = 0;
  readonly #runtimes: Runtime[] = [];

  /** With a TestContext, cleans up after that test. `dir`: a directory of an earlier, cleaned up Scratch, made anew. */
  constructor(t?: Pick<TestContext, "after">, dir?: string) {
    this.dir = dir ?? mkdtempSync(join(tmpdir(), "tsrunc-test-"));
    mkdirSync(this.dir, { recursive: true });
    chmodSync(this.dir, 0o755);
    this.marker = basename(this.dir);
    t?.after(() => this.cleanup());
  }

  /** A new container id. */
  id(): string {
    return `${this.marker}-${++this.#count}`;
  }

  path(...names: string[]): string {
    return join(this.dir, ...names);
  }

  makeBundle(patch: ConfigPatch = {}, options: BundleOptions = {}): Bundle {
    const dir = this.path(`bundle-${++this.#count}`);
    const rootfs = options.rootfs ?? join(dir, "rootfs");
    mkdirSync(dir);
    chmodSync(dir, 0o755);
    if (options.rootfs === undefined) makeRootfs(rootfs);
    const config = applyPatch(options.config ?? baseConfig(), patch);
    if (options.rootfs !== undefined) config.root.path = rootfs;
    const save = () => writeFileSync(join(dir, "config.json"), stringify(config));
    save();
    return { dir, rootfs, config, save };
  }

  /** A runtime with a state root of its own below this directory. */
  runtime(path: string = tsruncPath, name = "state"): Runtime {
    const runtime = new Runtime(path, this.path(name));
    this.#runtimes.push(runtime);
    return runtime;
  }

  /** `delete --force` of what is left, then everything that carries the marker goes, by force. */
  async cleanup(): Promise<void> {
    for (const runtime of this.#runtimes) await runtime.deleteAll();
    killLeftProcesses(this.marker);
    unmountLeft(this.marker);
    removeLeftCgroups(this.marker);
    // Not rmSync: in JavaScript the four hundred links of a rootfs take half a second where the machine is emulated.
    spawnSync("rm", ["-rf", this.dir]);
  }
}

/** JSON with bigint as plain integers. */
function stringify(value: unknown): string {
  const marked = JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? `\u0001${item}\u0001` : item), 2);
  return marked.replaceAll(/"\\u0001(-?\d+)\\u0001"/g, "$1");
}
