// What addon/quickjs/port.cc gives the bundle: the global object `tsrunc`. argv, environment and record throw while the top level runs.
import type { Addon, MakeError } from "../native.js";
import type { Native } from "../port.js";

export interface Port {
  /** The functions of addon/core. */
  load(makeError: MakeError): Addon;
  /** `main` runs when the process knows how it was called. */
  start(main: () => Promise<number>): void;
  /** Without argv[0]. */
  argv(): string[];
  /** Puts the caller's variables into `variables`. */
  environment(variables: Record<string, string>): void;
  /** One of them. */
  variable(name: string): string | undefined;
  /** See ../record.ts; without descriptors. */
  record(): string;
  /** The record's descriptors: those that were open when we were called, whenever it is asked. */
  inherited(): string;
  /** A TypeError for what is not UTF-8 when `fatal`, otherwise U+FFFD in its place. */
  decode(bytes: Uint8Array, fatal: boolean): string;
  encode(text: string): Uint8Array;
  readonly encodeSteps: NonNullable<Native["encodeSteps"]>;
  readonly isPlainJson: NonNullable<Native["isPlainJson"]>;
  /** Shapes that objects get from now on stay, with those they grow through (addon/quickjs/immortal.h). */
  keepShapes(yes: boolean): void;
}

declare const tsrunc: Port;

export const port: Port = tsrunc;
