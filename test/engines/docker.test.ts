// Docker with tsrunc as its runtime: every case of the shared engine suite.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { testEngine } from "../support/engine.js";
import { findProgram } from "../support/requirements.js";

/** Docker before 23 knows the capabilities up to CAP_AUDIT_READ (37); Linux 5.8 and 5.9 have added three. */
function asksForEveryCapability(): boolean {
  if (findProgram("dockerd") === undefined) return true;
  const major = Number(/version (\d+)/.exec(execFileSync("dockerd", ["--version"], { encoding: "utf8" }))?.[1]);
  return major >= 23 || Number(readFileSync("/proc/sys/kernel/cap_last_cap", "utf8")) <= 37;
}

const tooFew = "it wants all capabilities of the kernel, this Docker asks for 38; see the case of docker-custom-runtime";

await testEngine("docker", "dockerd", asksForEveryCapability() ? {} : { privileged: tooFew, exec_privileged: tooFew });
