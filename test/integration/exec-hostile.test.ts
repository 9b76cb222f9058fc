// A hostile container: it must not get hold of the process that joins it (CVE-2016-9962), nor of a directory of the host (CVE-2024-21626).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { waitUntil } from "../support/command.js";
import { assertRefused, runTarget } from "../support/exec.js";
import { needsContainers } from "../support/requirements.js";

const skip = needsContainers("gcc");

/** Root without CAP_SYS_PTRACE, as containers have it: tries what it can on every process of its pid namespace that is ours by name. */
const spy = `
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
static int ours(int pid) {
  char path[64], name[32] = "";
  snprintf(path, sizeof path, "/proc/%d/comm", pid);
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t n = read(fd, name, sizeof name - 1);
  close(fd);
  return n > 0 && strncmp(name, "tsrunc", 6) == 0;
}
static void say(int pid, const char *what) {
  // Still ours after it worked: it was not the program.
  if (ours(pid)) { printf("got %s\\n", what); fflush(stdout); }
}
int main(void) {
  int seen = 0, last = 0;
  printf("spying\\n"); fflush(stdout);
  for (;;) {
    for (int pid = last > 3 ? last - 3 : 2; pid < last + 6; pid++) {
      if (!ours(pid)) continue;
      if (pid > last) { last = pid; printf("seen %d\\n", ++seen); fflush(stdout); }
      char path[64], target[256];
      static const char *const links[] = {"exe", "cwd", "root", "fd/0", "fd/3", "fd/4"};
      for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, links[i]);
        if (readlink(path, target, sizeof target) > 0) say(pid, links[i]);
      }
      static const char *const files[] = {"mem", "maps", "environ", "auxv"};
      for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
        int fd = open(path, i == 0 ? O_RDWR : O_RDONLY);
        char byte;
        if (fd >= 0 && read(fd, &byte, 1) > 0) say(pid, files[i]);
        if (fd >= 0) close(fd);
      }
      if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) say(pid, "ptrace");
    }
    // The end of a program that it traces comes to the tracer first.
    while (waitpid(-1, NULL, WNOHANG | __WALL) > 0) {}
  }
}
`;

test("the joining process is out of the container's reach", { skip }, async (t) => {
  const target = await runTarget(t, (config) => (config.root.readonly = false));
  const source = target.scratch.path("spy.c");
  writeFileSync(source, spy);
  execFileSync("gcc", ["-O1", "-static", "-o", join(target.bundle.rootfs, "spy"), source]);
  const child = target.runtime.start(["exec", target.id, "/spy"]);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil("the spy", () => output.includes("spying"));
  // Pids that the spy looks at: those after its own.
  for (let round = 0; round < 60 && !output.includes("seen 5\n"); round++) await target.exec([], ["true"]);
  child.kill("SIGKILL");
  assert.match(output, /seen 1\n/, "the spy has seen processes of ours");
  assert.doesNotMatch(output, /got/);
});

test("no working directory leads out through a descriptor", { skip }, async (t) => {
  const target = await runTarget(t);
  for (let fd = 3; fd < 24; fd++) {
    const result = await target.exec(["--cwd", `/proc/self/fd/${fd}`], ["sh", "-c", "pwd; ls -d ../../etc/hostname"]);
    // The one directory that the process has open is the container's own root.
    if (result.code === 255) assertRefused(result, /chdir to cwd .*(no such file or directory|not a directory)/);
    else assert.deepEqual({ code: result.code, stdout: result.stdout }, { code: 1, stdout: "/\n" });
  }
  assert.deepEqual(target.processes(), [target.pid]);
});
