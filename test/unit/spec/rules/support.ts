import assert from "node:assert/strict";
import type { CgroupMode } from "../../../../src/plan/facts.js";
import type { Config } from "../../../../src/spec/config.js";
import type { Rule, RuleContext } from "../../../../src/spec/rules/rule.js";

interface Surroundings {
  readonly mode?: CgroupMode;
  readonly euid?: number;
  readonly noPivot?: boolean;
  readonly cgroupNamespace?: boolean;
  readonly apparmor?: boolean;
  readonly selinux?: boolean;
  readonly resctrl?: string;
}

export function context(surroundings: Surroundings = {}): RuleContext {
  const { mode = "v2", euid = 0, noPivot = false, cgroupNamespace = true, apparmor = false, selinux = false, resctrl } = surroundings;
  const facts = {
    euid,
    egid: euid,
    cgroup: { mode, hierarchies: [] },
    lastCap: 40,
    hugepageSizes: [],
    cgroupNamespace,
    userNamespace: false,
    apparmor,
    selinux,
    resctrl,
  };
  return { facts, id: "test", bundle: "/bundle", noPivot };
}

/** A config.json with all namespaces of its own but user and time, and `change` made to it. */
export function config(change: (config: FullConfig) => void = () => undefined): Config {
  const full: FullConfig = {
    ociVersion: "1.3.0",
    process: { cwd: "/", args: ["sh"], user: { uid: 0, gid: 0 } },
    root: { path: "rootfs" },
    mounts: [],
    linux: { namespaces: [{ type: "pid" }, { type: "network" }, { type: "ipc" }, { type: "uts" }, { type: "mount" }], resources: {} },
  };
  change(full);
  return full;
}

type Linux = NonNullable<Config["linux"]>;
export type FullConfig = Config & {
  process: NonNullable<Config["process"]> & { user: object };
  root: NonNullable<Config["root"]>;
  mounts: NonNullable<Config["mounts"]>;
  linux: Linux & { namespaces: NonNullable<Linux["namespaces"]>; resources: NonNullable<Linux["resources"]> };
};

export function without(full: FullConfig, type: string): void {
  full.linux.namespaces = full.linux.namespaces.filter((namespace) => namespace.type !== type);
}

export function passes(rule: Rule, change?: (config: FullConfig) => void, surroundings?: Surroundings): void {
  assert.equal(rule(config(change), context(surroundings)), undefined);
}

export function refuses(rule: Rule, change: (config: FullConfig) => void, at: string, message: string, surroundings?: Surroundings): void {
  const finding = rule(config(change), context(surroundings));
  assert.deepEqual({ at: finding?.at, message: finding?.message }, { at, message });
}
