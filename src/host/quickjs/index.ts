// `tsrunc:host` of the static executable: QuickJS with addon/core linked in.
import "./globals.js";
import { makeError, nativeOf, printer } from "../native.js";
import type { Host, LaunchRecord } from "../port.js";
import { descriptorsOf, parseRecord } from "../record.js";
import { port } from "./port.js";

// Everything about the call is read when it is first asked for: the top level runs at build time, and `state` needs little of it.
let argv: readonly string[] | undefined;
let launch: LaunchRecord | undefined;

/** As late as it may be: this process changes none of what the record tells, but the dispositions in catchSignals, which asks first. */
const readLaunch = (): LaunchRecord =>
  (launch ??= {
    ...parseRecord(port.record()),
    get inheritedFds() {
      return descriptorsOf(port.inherited());
    },
  });

/** Of many variables three or four are asked for, one by one; only a hook gets them all. */
function environment(): Readonly<Record<string, string>> {
  const variables = Object.create(null) as Record<string, string>;
  let complete = false;
  const all = (): Record<string, string> => {
    if (!complete) port.environment(variables);
    complete = true;
    return variables;
  };
  return new Proxy(variables, {
    get: (_, name) => (typeof name === "string" ? port.variable(name) : undefined),
    has: (_, name) => Reflect.has(all(), name),
    ownKeys: () => Reflect.ownKeys(all()),
    getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(all(), name),
  });
}

const addon = port.load(makeError);
const native = { ...nativeOf(addon, readLaunch), encodeSteps: port.encodeSteps, isPlainJson: port.isPlainJson };
const print = printer(native, addon.exit);

export const host: Host = {
  get argv() {
    return (argv ??= port.argv());
  },
  env: environment(),
  get launch() {
    return readLaunch();
  },
  native,
  stdout: (text) => print(1, text),
  stderr: (text) => print(2, text),
  exit: addon.exit,
  start: port.start,
};
