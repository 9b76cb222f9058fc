// Docker with tsrunc as its runtime: the cases of the shared engine suite that need nothing but create, start, state, kill, delete and
// run. Left out are those that use exec, pause, update, top, events or checkpoint, which tsrunc does not have yet.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { plainEnvironment } from "../support/command.js";
import { tsruncPath } from "../support/paths.js";
import { findProgram, needsContainers } from "../support/requirements.js";
import { sharedDirectory } from "../support/shared-bundles.js";

const script = join(sharedDirectory, "engines/docker.sh");

const cases = (
  "run_output run_exit_code run_not_found run_not_executable run_stdin run_big_output run_env_workdir_entrypoint logs create_start wait_exit " +
  "attach inspect_state failed_start_leaves_nothing tty_run tty_resize tty_interrupt tty_logs stop_term stop_kill stop_signal kill_signal " +
  "kill_stopped signal_proxy restart restart_policy cgroup_parent memory_run oom_killed cpus_run cpuset_run io_limits stats ulimit oom_score " +
  "read_only tmpfs bind_mounts device device_denied device_rule default_dev masked_paths unmasked_paths shm_size caps_default caps_drop_add " +
  "seccomp_default seccomp_custom seccomp_unconfined no_new_privs user privileged hostname network_none network_host " +
  "network_container publish pid_namespaces ipc_namespaces uts_host cgroupns sysctls parallel_20 live_restore_exit build_classic " +
  "build_buildkit commit_run"
).split(" ");

function whyNot(): string | false {
  if (!existsSync(script)) return `${script} is not there (TSRUNC_SHARED names another place)`;
  if (findProgram("dockerd") === undefined) return `needs Docker: run ${join(sharedDirectory, "engines/install.sh")} as root`;
  return needsContainers();
}

interface TapLine {
  readonly ok: boolean;
  readonly text: string;
  readonly skipped: string | undefined;
  /** The `#` lines after a failure. */
  readonly notes: string[];
}

/** Reads TAP as docker.sh prints it; resolves when the script has ended. */
function runScript(): Promise<{ results: TapLine[]; rest: string }> {
  return new Promise((done, fail) => {
    const child = spawn(script, [tsruncPath, ...cases.map((name) => `^${name}$`)], {
      env: { ...plainEnvironment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.on("error", fail);
    child.on("close", () => {
      const results: TapLine[] = [];
      for (const line of output.split("\n")) {
        const [, not, text = "", skipped] = /^(not )?ok \d+ - (.*?)(?: # SKIP (.*))?$/.exec(line) ?? [];
        if (text !== "") results.push({ ok: not === undefined, text, skipped, notes: [] });
        else if (line.startsWith("#")) results.at(-1)?.notes.push(line);
      }
      done({ results, rest: output.slice(-2000) });
    });
  });
}

const skip = whyNot();
const { results, rest } = skip === false ? await runScript() : { results: [], rest: "" };

describe("docker", { skip }, () => {
  test("every case that is named exists", () => assert.equal(results.length, cases.length, rest));
  for (const { ok, text, skipped, notes } of results) {
    test(text, { skip: skipped ?? false }, () => assert.ok(ok, notes.join("\n")));
  }
});
