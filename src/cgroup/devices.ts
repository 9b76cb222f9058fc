// Which devices the container may use: one model of linux.resources.devices for the v1 controller and for the eBPF program of v2.
//
// The model is that of the kernel's v1 controller (security/device_cgroup.c): everything is allowed, or nothing is, but for a set of
// exceptions. Later rules win. What this cannot express, an exception to a wildcard exception, is refused: v1 would ignore it silently.
import { TsruncError } from "../errors/errors.js";
import { type DeviceException, type DeviceState, accessBits, allAccess, anyNumber } from "./device-state.js";
import type { DeviceRule } from "./resources.js";

export { deviceProgram } from "./device-program.js";
export type { DeviceState } from "./device-state.js";

/**
 * Appended to the user's rules, so that a `deny all` at their head works (survey 2.5): making nodes of any kind, the default devices of
 * /dev, terminals, and tun, which VPN containers expect.
 */
const defaultRules: readonly { readonly path?: string; readonly rule: DeviceRule }[] = [
  { rule: { allow: true, type: "c", access: "m" } },
  { rule: { allow: true, type: "b", access: "m" } },
  { path: "/dev/null", rule: character(1, 3) },
  { path: "/dev/random", rule: character(1, 8) },
  { path: "/dev/full", rule: character(1, 7) },
  { path: "/dev/tty", rule: character(5, 0) },
  { path: "/dev/zero", rule: character(1, 5) },
  { path: "/dev/urandom", rule: character(1, 9) },
  { rule: { allow: true, type: "c", major: 136, access: "rwm" } },
  { rule: character(5, 2) },
  { rule: character(10, 200) },
];

function character(major: number, minor: number): DeviceRule {
  return { allow: true, type: "c", major, minor, access: "rwm" };
}

/**
 * The user's rules in their order, then the default ones, on top of "nothing is allowed". `nodes`: paths of linux.devices. Who brings a
 * default device of his own also says who may use it, as under runc.
 */
export function deviceRules(user: readonly DeviceRule[] | undefined, nodes: readonly string[] = []): DeviceState {
  const builder = new Builder();
  user?.forEach((rule, index) => builder.apply(rule, `/linux/resources/devices/${index}`));
  if (builder.allowsNothing() && !nodes.some((path) => defaultPaths.has(path))) return defaultState;
  return withDefaults(builder, nodes);
}

function withDefaults(builder: Builder, nodes: readonly string[]): DeviceState {
  for (const { path, rule } of defaultRules) if (path === undefined || !nodes.includes(path)) builder.apply(rule, "default:/dev");
  return builder.state();
}

/** No rule forbids anything: a program would have nothing to do. */
export function allowsEverything(state: DeviceState): boolean {
  return state.allowed && state.exceptions.length === 0;
}

/** As the kernel decides: by one exception that covers the whole access, or touches it. */
export function permits({ allowed, exceptions }: DeviceState, type: "b" | "c", major: number, minor: number, access: number): boolean {
  for (const one of exceptions) {
    if (one.type !== type || (one.major !== anyNumber && one.major !== major) || (one.minor !== anyNumber && one.minor !== minor)) continue;
    const common = one.access & access;
    if (allowed ? common !== 0 : common === access) return !allowed;
  }
  return allowed;
}

class Builder {
  private allowed = false;
  private readonly exceptions = new Map<string, DeviceException>();

  apply(rule: DeviceRule, at: string): void {
    const access = accessOf(rule, at);
    const numbers = { major: deviceNumber(rule, "major", at), minor: deviceNumber(rule, "minor", at) };
    const everything = numbers.major === anyNumber && numbers.minor === anyNumber && access === allAccess;
    for (const type of typesOf(rule, everything, at)) {
      if (type === "a") {
        this.allowed = rule.allow;
        this.exceptions.clear();
      } else {
        const exception = { type, ...numbers, access, at };
        if (rule.allow === this.allowed) this.remove(exception);
        else this.add(exception);
      }
    }
  }

  allowsNothing(): boolean {
    return !this.allowed && this.exceptions.size === 0;
  }

  state(): DeviceState {
    const all = [...this.exceptions.values()];
    // The user's in the order of config.json: the specification wants them applied so, and devices.list shows it.
    const user = all.filter(({ at }) => at.startsWith("/"));
    const ours = all.filter(({ at }) => !at.startsWith("/"));
    ours.sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0) || a.major - b.major || a.minor - b.minor);
    return { allowed: this.allowed, exceptions: [...user, ...ours] };
  }

  private add(exception: DeviceException): void {
    const before = this.exceptions.get(key(exception));
    this.exceptions.set(key(exception), { ...exception, access: exception.access | (before?.access ?? 0) });
  }

  private remove(rule: DeviceException): void {
    for (const wider of this.wider(rule)) {
      if ((wider.access & rule.access) !== 0) this.refuse(rule, wider);
    }
    const before = this.exceptions.get(key(rule));
    if (before === undefined) return;
    const access = before.access & ~rule.access;
    if (access === 0) this.exceptions.delete(key(rule));
    else this.exceptions.set(key(rule), { ...before, access });
  }

  /** Other exceptions with a wildcard that includes it. Looked up, not searched: there may be thousands. */
  private wider(rule: DeviceException): DeviceException[] {
    const own = key(rule);
    const keys = [anyNumber, rule.major].flatMap((major) => [anyNumber, rule.minor].map((minor) => key({ type: rule.type, major, minor })));
    return [...new Set(keys)].filter((one) => one !== own).flatMap((one) => this.exceptions.get(one) ?? []);
  }

  private refuse(rule: DeviceException, wider: DeviceException): never {
    const verbs = this.allowed ? ["allow", "denied"] : ["deny", "allowed"];
    const message = `cannot ${verbs[0]} ${describe(rule)} (${rule.at}): ${describe(wider)}, a wildcard, is ${verbs[1]}; cgroups cannot punch a hole into it`;
    const at = rule.at.startsWith("/") ? rule.at : wider.at;
    throw new TsruncError(`${at}: ${message}`, { at });
  }
}

function key(exception: Pick<DeviceException, "type" | "major" | "minor">): string {
  return `${exception.type} ${exception.major}:${exception.minor}`;
}

/**
 * The kernel takes an `a` rule as "everything", whatever else it says. So it is for a rule that denies, the safe side; one that allows
 * some numbers or some access only becomes a rule for each type, lest it open all devices.
 */
function typesOf(rule: DeviceRule, everything: boolean, at: string): readonly ("a" | "b" | "c")[] {
  const type = rule.type === undefined || rule.type === "" ? "a" : rule.type;
  if (type === "b" || type === "c") return [type];
  if (type !== "a") return invalid(`${at}/type`, `invalid cgroup device type ${JSON.stringify(type)}`);
  return rule.allow && !everything ? ["b", "c"] : ["a"];
}

function accessOf(rule: DeviceRule, at: string): number {
  let access = 0;
  for (const letter of rule.access ?? "") {
    const bit = letter === "m" || letter === "r" || letter === "w" ? accessBits[letter] : undefined;
    access |= bit ?? invalid(`${at}/access`, `invalid device access ${JSON.stringify(rule.access)}`);
  }
  return access === 0 ? invalid(`${at}/access`, "device access field cannot be empty") : access;
}

function deviceNumber(rule: DeviceRule, part: "major" | "minor", at: string): number {
  const value = BigInt(rule[part] ?? anyNumber);
  if (value < -1n || value > 0xffffffffn) return invalid(`${at}/${part}`, `invalid ${part} device number ${value}`);
  return Number(value);
}

function invalid(at: string, message: string): never {
  throw new TsruncError(`${at}: ${message}`, { at });
}

/** `c 1:3 rwm`, as the v1 files and devices.list have it. */
export function describe(exception: Pick<DeviceException, "type" | "major" | "minor" | "access">): string {
  const number = (value: number): string => (value === anyNumber ? "*" : String(value));
  const letters = (["r", "w", "m"] as const).filter((letter) => exception.access & accessBits[letter]).join("");
  return `${exception.type} ${number(exception.major)}:${number(exception.minor)} ${letters}`;
}

/**
 * What to write to a fresh v1 cgroup: it starts with what its parent may, and `a` drops that. Allowing all of it again, or what the
 * parent may not, is EPERM.
 */
export function deviceLines(state: DeviceState): readonly DeviceLine[] {
  return state === defaultState ? defaultLines : linesOf(state);
}

/** Those of one file that one place in config.json asks for, as far as they follow one another. */
export interface DeviceWrites {
  readonly file: DeviceLine["file"];
  readonly rules: readonly string[];
  readonly at: string;
}

export function deviceWrites(lines: readonly DeviceLine[]): readonly DeviceWrites[] {
  return lines === defaultLines ? defaultWrites : writesOf(lines);
}

function writesOf(lines: readonly DeviceLine[]): DeviceWrites[] {
  const writes: (DeviceWrites & { rules: string[] })[] = [];
  for (const { file, value, at } of lines) {
    const last = writes.at(-1);
    if (last?.file === file && last.at === at) last.rules.push(value);
    else writes.push({ file, rules: [value], at });
  }
  return writes;
}

export interface DeviceLine {
  readonly file: "devices.allow" | "devices.deny";
  readonly value: string;
  readonly at: string;
}

function linesOf(state: DeviceState): DeviceLine[] {
  const [all, exception] = state.allowed ? (["devices.allow", "devices.deny"] as const) : (["devices.deny", "devices.allow"] as const);
  const lines = state.exceptions.map((item) => ({ file: exception, value: describe(item), at: item.at }));
  return [{ file: all, value: "a *:* rwm", at: "/linux/resources/devices" }, ...lines];
}

// What nearly every container has, once for all.
const defaultPaths: ReadonlySet<string | undefined> = new Set(defaultRules.map(({ path }) => path));
const defaultState: DeviceState = withDefaults(new Builder(), []);
const defaultLines: readonly DeviceLine[] = linesOf(defaultState);
const defaultWrites: readonly DeviceWrites[] = writesOf(defaultLines);
