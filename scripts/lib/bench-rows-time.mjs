// Rows of time: run, the five commands of an engine, exec, state, many in a row and at once; without and with Docker's seccomp profile.
import { join } from "node:path";
import { benchConfig, dockerProfile, withSeccomp, writeBundle } from "./bench-bundles.mjs";
import { drive, hyperfine, median, spread } from "./bench-measure.mjs";
import { createAndStart, remove } from "./bench-container.mjs";

export const floorArgv = ({ tools, rootfs, directory }, binds = 0) => [
  tools.floor,
  rootfs,
  String(binds),
  join(directory, "source"),
  "/bin/true",
];

const sum = (values) => values.reduce((total, value) => total + value, 0);

/** One figure of a row; `label` is a key of hyperfine's or the driver's samples. */
export function figure(samples, label) {
  const { ms, user, system } = samples[label];
  return { value: median(ms), spread: spread(ms), user: sum(user) / user.length, system: sum(system) / system.length, samples: ms.length };
}

export const figures = (samples, labels) => Object.fromEntries(labels.map((label) => [label, figure(samples, label)]));

/** A row measured by hyperfine; `argvOf` is given each runtime, `others` are argvs beside them. */
export function hyperfineRow(ctx, { name, label, rounds, argvOf, others = {} }) {
  const commands = { ...Object.fromEntries(ctx.runtimes.map((runtime) => [runtime.name, argvOf(runtime)])), ...others };
  const samples = hyperfine(ctx.directory, commands, ctx.rounds(rounds));
  return { name, label, unit: "ms", figures: figures(samples, Object.keys(commands)) };
}

/** A row measured by the driver; `stepsOf` is given each runtime and returns steps whose one label is the runtime's name. */
export function driveRow(ctx, { name, label, rounds, stepsOf }) {
  const samples = drive(ctx, ctx.runtimes.map(stepsOf), ctx.rounds(rounds));
  return { name, label, unit: "ms", figures: figures(samples, Object.keys(samples)) };
}

function variant(ctx, docker) {
  const profile = docker ? dockerProfile(ctx.root) : undefined;
  const bundle = (name, args) => {
    const config = benchConfig(ctx.rootfs, args);
    return writeBundle(ctx.directory, `${name}${docker ? "-docker" : ""}`, docker ? withSeccomp(config, profile) : config);
  };
  return {
    true: bundle("true", ["/bin/true"]),
    sleep: bundle("sleep", ["/bin/sleep", "1000"]),
    key: (name) => (docker ? `${name}-docker` : name),
    text: (label) => (docker ? `${label}, Docker's profile` : label),
  };
}

const runArgv = ({ base, id }, bundle, suffix = "") => [...base, "run", "--bundle", bundle, id + suffix];

export function runRows(ctx, docker = false) {
  const { true: bundle, key, text } = variant(ctx, docker);
  const others = docker ? {} : { floor: floorArgv(ctx), "node -e 0": [process.execPath, "-e", "0"] };
  return [
    hyperfineRow(ctx, {
      name: key("run"),
      label: text("run `true`"),
      rounds: 100,
      argvOf: (runtime) => runArgv(runtime, bundle),
      others,
    }),
  ];
}

const phases = ["create", "start", "state", "kill", "delete"];

/** What an engine does: it is the parent of the container's init, and waits for its end between kill and delete; that wait is not counted. */
function cycleSteps({ name, base, id }, bundle) {
  const argv = (phase) => [...base, phase, ...(phase === "create" ? ["--bundle", bundle] : []), id, ...(phase === "kill" ? ["KILL"] : [])];
  return phases.flatMap((phase) => [["time", `${phase}/${name}`, ...argv(phase)], ...(phase === "kill" ? [["reap"]] : [])]);
}

export function cycleRows(ctx, docker = false) {
  const { sleep, key, text } = variant(ctx, docker);
  const groups = ctx.runtimes.map((runtime) => cycleSteps(runtime, sleep));
  const samples = drive(ctx, groups, ctx.rounds(60));
  const names = ctx.runtimes.map(({ name }) => name);
  for (const name of names) {
    const parts = phases.map((phase) => samples[`${phase}/${name}`]);
    const total = (kind) => parts[0][kind].map((_, round) => sum(parts.map((part) => part[kind][round])));
    samples[`cycle/${name}`] = { ms: total("ms"), user: total("user"), system: total("system") };
  }
  const row = (phase, label) => ({
    name: key(phase),
    label: text(label),
    unit: "ms",
    figures: Object.fromEntries(names.map((name) => [name, figure(samples, `${phase}/${name}`)])),
  });
  const whole = row("cycle", "create + start + state + kill + delete");
  return docker ? [whole] : [whole, ...["create", "start", "kill", "delete"].map((phase) => row(phase, `of these, ${phase}`))];
}

export function runningRows(ctx, docker = false) {
  const { sleep, key, text } = variant(ctx, docker);
  try {
    for (const runtime of ctx.runtimes) createAndStart(runtime, sleep);
    const exec = ({ base, id }) => [...base, "exec", id, "/bin/true"];
    const state = ({ base, id }) => [...base, "state", id];
    return [
      hyperfineRow(ctx, { name: key("exec"), label: text("exec `true`"), rounds: 60, argvOf: exec }),
      hyperfineRow(ctx, { name: key("state"), label: text("state"), rounds: 100, argvOf: state }),
    ];
  } finally {
    for (const runtime of ctx.runtimes) remove(runtime);
  }
}

export function manyRows(ctx) {
  const bundle = variant(ctx, false).true;
  const inRow = ctx.quick ? 10 : 100;
  const atOnce = ctx.quick ? 10 : 50;
  const sequence = (runtime) => [
    ["begin"],
    ...Array.from({ length: inRow }, () => ["do", ...runArgv(runtime, bundle)]),
    ["end", runtime.name],
  ];
  const parallel = (runtime) => [
    ["begin"],
    ...Array.from({ length: atOnce }, (_, i) => ["spawn", ...runArgv(runtime, bundle, `-${i}`)]),
    ["end", runtime.name],
  ];
  return [
    driveRow(ctx, { name: "sequence", label: `${inRow} runs one after another`, rounds: 5, stepsOf: sequence }),
    driveRow(ctx, { name: "parallel", label: `${atOnce} runs at once`, rounds: 9, stepsOf: parallel }),
  ];
}

/** A state root that is new each time: no filter of an earlier run is there. */
export function coldRow(ctx, { name, label, rounds, bundle }) {
  const stepsOf = (runtime) => {
    const root = join(ctx.directory, "cold");
    return [
      ["do", "/bin/rm", "-rf", root],
      ["time", runtime.name, runtime.path, "--root", root, "run", "--bundle", bundle, runtime.id],
    ];
  };
  return driveRow(ctx, { name, label, rounds, stepsOf });
}

export function dockerRows(ctx) {
  const cold = coldRow(ctx, {
    name: "run-docker-cold",
    label: "run `true`, Docker's profile, first time",
    rounds: 40,
    bundle: variant(ctx, true).true,
  });
  return [...runRows(ctx, true), cold, ...cycleRows(ctx, true), ...runningRows(ctx, true)];
}
