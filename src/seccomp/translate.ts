// linux.seccomp of config.json → what libseccomp is asked for. As runc does it (survey 2.10), rule by rule.
import { TsruncError } from "../errors/errors.js";
import { NEW_LISTENER, seccompActions, seccompArchs, seccompFlagBits, seccompOperators } from "./lists.js";
import type { SeccompAction, SeccompArg, SeccompRequest, SeccompRule } from "./request.js";

type Int64 = number | bigint;

/** linux.seccomp, as far as it is read here. */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number | undefined;
  readonly flags?: readonly string[] | undefined;
  readonly architectures?: readonly string[] | undefined;
  readonly syscalls?: readonly ProfileRule[] | undefined;
}

interface ProfileRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number | undefined;
  readonly args?: readonly ProfileArg[] | undefined;
}

interface ProfileArg {
  readonly index: number;
  readonly value: Int64;
  readonly valueTwo?: Int64 | undefined;
  readonly op: string;
}

/**
 * Number of what seccompRequest makes of a profile: part of the name under which a compiled filter is kept. Another request for any profile
 * takes another number, or old filters go on to be used (test/unit/seccomp/translate.test.ts holds both together).
 */
export const TRANSLATION = 1;

const base = "/linux/seccomp";
const NOTIFY = "SCMP_ACT_NOTIFY";
const EPERM = 1;
const maxUint64 = (1n << 64n) - 1n;

/**
 * libseccomp's binary tree pays off for long profiles; runc's threshold. Up to 2.5.4 it goes wrong without any rule.
 */
const optimizeAbove = 32;

/** After these a call that the kernel does not know gets ENOSYS anyway, or a tracer decides. */
const permissive: ReadonlySet<string> = new Set(["ALLOW", "LOG", "TRACE"]);

/** Actions that carry a number of 16 bits. */
const withData: ReadonlySet<string> = new Set(["ERRNO", "TRACE"]);

function refuse(at: string, message: string): never {
  throw new TsruncError(`${at}: ${message}`, { at });
}

/** The name without its prefix: SCMP_ACT_ERRNO → ERRNO. KILL is the old name of KILL_THREAD. */
function action(name: string, errnoRet: number | undefined, at: string, errnoAt: string): SeccompAction {
  if (!seccompActions.includes(name)) refuse(at, `string ${name} is not a valid action for seccomp`);
  const short = name === "SCMP_ACT_KILL" ? "KILL_THREAD" : name.slice("SCMP_ACT_".length);
  if (withData.has(short)) return { action: short, errnoRet: (errnoRet ?? EPERM) & 0xffff };
  if (errnoRet !== undefined) refuse(errnoAt, `${errnoAt.slice(errnoAt.lastIndexOf("/") + 1)} cannot be used with ${name}`);
  return { action: short };
}

function argument(arg: ProfileArg, at: string): SeccompArg {
  if (!seccompOperators.includes(arg.op)) refuse(`${at}/op`, `string ${arg.op} is not a valid operator for seccomp`);
  if (!Number.isInteger(arg.index) || arg.index < 0 || arg.index > 5) {
    refuse(`${at}/index`, `system calls have 6 arguments: index must be from 0 to 5, not ${arg.index}`);
  }
  const value = decimal(arg.value, `${at}/value`);
  const valueTwo = decimal(arg.valueTwo ?? 0, `${at}/valueTwo`);
  return { index: arg.index, op: arg.op.slice("SCMP_CMP_".length), value, valueTwo };
}

function decimal(value: Int64, at: string): string {
  const exact = BigInt(value);
  if (exact < 0n || exact > maxUint64) refuse(at, `${value} is no unsigned number of 64 bits`);
  return exact.toString();
}

/** libseccomp takes one condition for each argument: where a rule has more, runc makes each condition a rule of its own. */
function alternatives(args: readonly SeccompArg[]): readonly (readonly SeccompArg[])[] {
  const distinct = new Set(args.map((arg) => arg.index)).size === args.length;
  return distinct ? [args] : args.map((arg) => [arg]);
}

/** A name that no libseccomp can know is left out here; others are looked up by the compiler, which does the same. */
const plausible = /^[A-Za-z0-9_]+$/;

function rulesOf(rule: ProfileRule, at: string, fallback: SeccompAction): SeccompRule[] {
  const chosen = action(rule.action, rule.errnoRet, `${at}/action`, `${at}/errnoRet`);
  const empty = rule.names.indexOf("");
  if (empty >= 0) refuse(`${at}/names/${empty}`, "empty string is not a valid syscall");
  const args = (rule.args ?? []).map((arg, index) => argument(arg, `${at}/args/${index}`));
  if (chosen.action === fallback.action && chosen.errnoRet === fallback.errnoRet) return [];
  return rule.names
    .filter((name) => plausible.test(name))
    .flatMap((name) => alternatives(args).map((conditions) => ({ name, ...chosen, args: conditions })));
}

function architecture(name: string, at: string): string {
  const found = Object.hasOwn(seccompArchs, name) ? seccompArchs[name] : undefined;
  return found ?? refuse(at, `string ${name} is not a valid arch for seccomp`);
}

/**
 * The request for addon/core/seccomp.cc. Actions, architectures and operators that are unknown are errors naming their place; names of
 * unknown system calls are not, since profiles list calls that are newer than libseccomp.
 */
export function seccompRequest(profile: SeccompProfile): SeccompRequest {
  if (profile.defaultAction === NOTIFY) refuse(`${base}/defaultAction`, `${NOTIFY} cannot be used as default action`);
  const fallback = action(profile.defaultAction, profile.defaultErrnoRet, `${base}/defaultAction`, `${base}/defaultErrnoRet`);
  const architectures = (profile.architectures ?? []).map((name, index) => architecture(name, `${base}/architectures/${index}`));
  const syscalls = profile.syscalls ?? [];
  const rules = syscalls.flatMap((rule, index) => rulesOf(rule, `${base}/syscalls/${index}`, fallback));
  const names = syscalls.flatMap((rule) => rule.names.filter((name) => plausible.test(name)));
  const enosysStub = !permissive.has(fallback.action);
  return {
    default: fallback,
    architectures,
    rules,
    named: enosysStub ? [...new Set(names)] : [],
    enosysStub,
    optimize: names.length > optimizeAbove && rules.length > 0,
  };
}

/** What of linux.seccomp decides the filter: the rest is for the one who loads it, and may be different for each container. */
export function filterProfile(profile: SeccompProfile): SeccompProfile {
  const { defaultAction, defaultErrnoRet, architectures, syscalls } = profile;
  return {
    defaultAction,
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
    ...(architectures === undefined ? {} : { architectures }),
    ...(syscalls === undefined ? {} : { syscalls }),
  };
}

/** Flags for seccomp(2). Without `flags` speculation is left as it is (SPEC_ALLOW), which is what libseccomp's users get by default. */
export function seccompFlags(profile: SeccompProfile): number {
  const notifies = usesNotify(profile);
  const listener = notifies ? NEW_LISTENER : 0;
  if (profile.flags === undefined) return listener | (seccompFlagBits["SECCOMP_FILTER_FLAG_SPEC_ALLOW"] ?? 0);
  return profile.flags.reduce((all, name, index) => all | flagBit(name, `${base}/flags/${index}`, notifies), listener);
}

/** Some of its calls are for an agent outside to answer (seccomp_unotify(2)). */
export function usesNotify(profile: SeccompProfile): boolean {
  return profile.syscalls?.some(({ action: name }) => name === NOTIFY) === true;
}

function flagBit(name: string, at: string, notifies: boolean): number {
  const bit = Object.hasOwn(seccompFlagBits, name) ? seccompFlagBits[name] : undefined;
  if (bit === undefined) refuse(at, `seccomp flag ${name} is not known to tsrunc`);
  // The kernel takes it with a listener only (EINVAL), and that comes with SCMP_ACT_NOTIFY.
  if (name === "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" && !notifies) refuse(at, `${name} cannot be used without SCMP_ACT_NOTIFY`);
  return bit;
}
