import assert from "node:assert/strict";
import { test } from "node:test";
import { type SeccompProfile, seccompFlags, seccompRequest } from "../../../src/seccomp/translate.js";

const profile = (more: Partial<SeccompProfile> = {}): SeccompProfile => ({ defaultAction: "SCMP_ACT_ERRNO", ...more });
const allow = (...names: string[]) => ({ names, action: "SCMP_ACT_ALLOW" });

test("the least profile: default errno EPERM, no rules, the stub", () => {
  assert.deepEqual(seccompRequest(profile()), {
    default: { action: "ERRNO", errnoRet: 1 },
    architectures: [],
    rules: [],
    named: [],
    enosysStub: true,
    optimize: false,
  });
});

test("a rule for each name, with its conditions exact to 64 bits", () => {
  const args = [
    { index: 0, value: 18446744073709551615n, op: "SCMP_CMP_NE" },
    { index: 5, value: 2114060288, valueTwo: 9007199254740993n, op: "SCMP_CMP_MASKED_EQ" },
  ];
  const conditions = [
    { index: 0, op: "NE", value: "18446744073709551615", valueTwo: "0" },
    { index: 5, op: "MASKED_EQ", value: "2114060288", valueTwo: "9007199254740993" },
  ];
  assert.deepEqual(seccompRequest(profile({ syscalls: [{ ...allow("clone", "fork"), args }] })).rules, [
    { name: "clone", action: "ALLOW", args: conditions },
    { name: "fork", action: "ALLOW", args: conditions },
  ]);
});

test("several conditions on one argument become a rule each, all of them", () => {
  const args = [
    { index: 0, value: 1, op: "SCMP_CMP_EQ" },
    { index: 1, value: 2, op: "SCMP_CMP_GT" },
    { index: 0, value: 3, op: "SCMP_CMP_EQ" },
  ];
  const { rules } = seccompRequest(profile({ syscalls: [{ ...allow("personality"), args }] }));
  assert.deepEqual(
    rules.map((rule) => rule.args.map(({ index, op, value }) => `${index} ${op} ${value}`)),
    [["0 EQ 1"], ["1 GT 2"], ["0 EQ 3"]],
  );
});

test("rules that do what the default does are left out, but the stub counts their names", () => {
  const request = seccompRequest(
    profile({
      syscalls: [
        { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 1 },
        { names: ["bpf"], action: "SCMP_ACT_ERRNO" },
        { names: ["mount"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
        allow("read", "read"),
      ],
    }),
  );
  assert.deepEqual(
    request.rules.map(({ name, errnoRet }) => [name, errnoRet]),
    [
      ["mount", 38],
      ["read", undefined],
      ["read", undefined],
    ],
  );
  assert.deepEqual(request.named, ["clone3", "bpf", "mount", "read"]);
});

test("KILL is KILL_THREAD, also when it is compared with the default", () => {
  const request = seccompRequest({ defaultAction: "SCMP_ACT_KILL", syscalls: [{ names: ["a"], action: "SCMP_ACT_KILL_THREAD" }] });
  assert.deepEqual(request.default, { action: "KILL_THREAD" });
  assert.deepEqual(request.rules, []);
});

for (const [action, stub] of [
  ["SCMP_ACT_ALLOW", false],
  ["SCMP_ACT_LOG", false],
  ["SCMP_ACT_TRACE", false],
  ["SCMP_ACT_ERRNO", true],
  ["SCMP_ACT_KILL", true],
  ["SCMP_ACT_KILL_PROCESS", true],
  ["SCMP_ACT_KILL_THREAD", true],
  ["SCMP_ACT_TRAP", true],
] as const) {
  test(`default ${action}: ${stub ? "the" : "no"} stub`, () => {
    const request = seccompRequest({ defaultAction: action, syscalls: [{ names: ["x"], action: "SCMP_ACT_LOG" }] });
    assert.equal(request.enosysStub, stub);
    assert.deepEqual(request.named, stub ? ["x"] : []);
  });
}

test("errnoRet: EPERM by default, 16 bits, for ERRNO and TRACE only", () => {
  const of = (action: string, errnoRet?: number) =>
    seccompRequest({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["x"], action, errnoRet }] }).rules[0]?.errnoRet;
  assert.equal(of("SCMP_ACT_ERRNO"), 1);
  assert.equal(of("SCMP_ACT_ERRNO", 0), 0);
  assert.equal(of("SCMP_ACT_ERRNO", 65537), 1);
  assert.equal(of("SCMP_ACT_TRACE"), 1);
  assert.equal(of("SCMP_ACT_TRACE", 7), 7);
  assert.throws(() => of("SCMP_ACT_KILL", 1), /\/linux\/seccomp\/syscalls\/0\/errnoRet: errnoRet cannot be used with SCMP_ACT_KILL$/);
  const withDefault = { defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1 };
  assert.throws(
    () => seccompRequest(withDefault),
    /\/linux\/seccomp\/defaultErrnoRet: defaultErrnoRet cannot be used with SCMP_ACT_ALLOW$/,
  );
});

test("architectures by libseccomp's names", () => {
  const architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_LOONGARCH64"];
  assert.deepEqual(seccompRequest(profile({ architectures })).architectures, ["x86_64", "x86", "x32", "aarch64", "loongarch64"]);
});

test("names that are no names of system calls are left out like unknown ones", () => {
  assert.deepEqual(seccompRequest(profile({ syscalls: [allow('a"b', "ünknown", "read")] })).named, ["read"]);
});

test("the binary tree is for more than 32 names, and never without a rule", () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `call${index}`);
  const optimize = (count: number, action = "SCMP_ACT_ALLOW") =>
    seccompRequest(profile({ syscalls: [{ names: names(count), action }] })).optimize;
  assert.deepEqual([optimize(32), optimize(33), optimize(33, "SCMP_ACT_ERRNO")], [false, true, false]);
});

for (const [broken, message] of [
  [profile({ defaultAction: "SCMP_ACT_NO" }), /\/linux\/seccomp\/defaultAction: string SCMP_ACT_NO is not a valid action for seccomp$/],
  [profile({ defaultAction: "SCMP_ACT_NOTIFY" }), /\/linux\/seccomp\/defaultAction: SCMP_ACT_NOTIFY cannot be used as default action$/],
  [profile({ architectures: ["SCMP_ARCH_X86", "toString"] }), /\/linux\/seccomp\/architectures\/1: string toString is not a valid arch/],
  [profile({ syscalls: [{ names: ["x"], action: "ALLOW" }] }), /\/linux\/seccomp\/syscalls\/0\/action: string ALLOW is not a valid action/],
  [profile({ syscalls: [allow("a", "")] }), /\/linux\/seccomp\/syscalls\/0\/names\/1: empty string is not a valid syscall$/],
  [
    profile({ syscalls: [allow("a"), { ...allow("b"), args: [{ index: 0, value: 0, op: "EQ" }] }] }),
    /\/linux\/seccomp\/syscalls\/1\/args\/0\/op: string EQ is not a valid operator for seccomp$/,
  ],
  [profile({ syscalls: [{ ...allow("b"), args: [{ index: 6, value: 0, op: "SCMP_CMP_EQ" }] }] }), /args\/0\/index: .* from 0 to 5, not 6$/],
  [
    profile({ syscalls: [{ ...allow("b"), args: [{ index: 1, value: 0, valueTwo: -1, op: "SCMP_CMP_EQ" }] }] }),
    /args\/0\/valueTwo: -1 is no unsigned number of 64 bits$/,
  ],
] as const) {
  test(`refused: ${message}`, () => assert.throws(() => seccompRequest(broken), message));
}

test("flags: speculation is left alone when none are given; TSYNC is accepted and dropped", () => {
  const of = (...flags: string[]) => seccompFlags(profile({ flags }));
  assert.equal(seccompFlags(profile()), 4);
  assert.equal(of(), 0);
  assert.equal(of("SECCOMP_FILTER_FLAG_TSYNC"), 0);
  assert.equal(of("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"), 6);
  assert.throws(() => of("SECCOMP_FILTER_FLAG_LOG", "X"), /\/linux\/seccomp\/flags\/1: seccomp flag X is not known to tsrunc$/);
  assert.throws(() => of("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"), /cannot be used without SCMP_ACT_NOTIFY$/);
});

test("notifications: NEW_LISTENER follows from a rule, whatever flags are given", () => {
  const syscalls = [{ names: ["mkdir"], action: "SCMP_ACT_NOTIFY" }];
  assert.equal(seccompFlags(profile({ syscalls })), 8 | 4);
  assert.equal(seccompFlags(profile({ syscalls, flags: [] })), 8);
  assert.equal(
    seccompFlags(profile({ syscalls, flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_LOG"] })),
    8 | 32 | 2,
  );
  assert.deepEqual(seccompRequest(profile({ syscalls })).rules, [{ name: "mkdir", action: "NOTIFY", args: [] }]);
});
