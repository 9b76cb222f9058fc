// Rows whose subject is growth: with the number of containers, of mounts, of seccomp rules.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { benchConfig, profileOfRules, withBinds, withSeccomp, writeBundle } from "./bench-bundles.mjs";
import { copyContainers, createAndStart, listedIds, remove, removeCopies } from "./bench-container.mjs";
import { coldRow, floorArgv, hyperfineRow } from "./bench-rows-time.mjs";
import { Missing } from "./tools.mjs";

export function listRows(ctx) {
  const counts = ctx.quick ? [1, 10] : [1, 100, 1000];
  const bundle = writeBundle(ctx.directory, "sleep", benchConfig(ctx.rootfs, ["/bin/sleep", "1000"]));
  const own = {
    ...ctx,
    runtimes: ctx.runtimes.map((runtime) => ({ ...runtime, base: [runtime.path, "--root", join(ctx.directory, `list-${runtime.name}`)] })),
  };
  const rows = { list: [], state: [] };
  try {
    for (const runtime of own.runtimes) createAndStart(runtime, bundle);
    for (const count of counts) {
      for (const runtime of own.runtimes) {
        copyContainers(runtime, count);
        const listed = listedIds(runtime).length;
        if (listed !== count) throw new Missing(`${runtime.name} lists ${listed} containers, not ${count}`);
      }
      const row = (name, label, rounds, command) =>
        hyperfineRow(own, { name: `${name}-${count}`, label, rounds, argvOf: ({ base, id }) => [...base, ...command(id)] });
      rows.list.push(row("list", `list with ${count}`, count < 1000 ? 40 : 20, () => ["list"]));
      rows.state.push(row("state-of", `state, one of ${count}`, 60, (id) => ["state", id]));
    }
    return [...rows.list, ...rows.state];
  } finally {
    for (const runtime of own.runtimes) {
      removeCopies(runtime);
      remove(runtime);
    }
  }
}

export function mountRows(ctx) {
  const counts = ctx.quick ? [10, 100] : [10, 100, 1000];
  mkdirSync(join(ctx.directory, "source"), { recursive: true });
  for (let i = 0; i < counts.at(-1); i++) mkdirSync(join(ctx.rootfs, "mnt", String(i)), { recursive: true });
  return counts.map((count) => {
    const config = withBinds(benchConfig(ctx.rootfs, ["/bin/true"]), count, join(ctx.directory, "source"));
    const bundle = writeBundle(ctx.directory, `binds-${count}`, config);
    return hyperfineRow(ctx, {
      name: `mounts-${count}`,
      label: `run with ${count} more mounts`,
      rounds: count < 1000 ? 40 : 20,
      argvOf: ({ base, id }) => [...base, "run", "--bundle", bundle, id],
      others: { floor: floorArgv(ctx, count) },
    });
  });
}

export function ruleRows(ctx) {
  const counts = ctx.quick ? [8, 64] : [8, 64, 512];
  return counts.map((count) => {
    const config = withSeccomp(benchConfig(ctx.rootfs, ["/bin/true"]), profileOfRules(count));
    const bundle = writeBundle(ctx.directory, `rules-${count}`, config);
    return coldRow(ctx, { name: `rules-${count}`, label: `run with ${count} seccomp rules, first time`, rounds: 30, bundle });
  });
}
