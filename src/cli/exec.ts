import { TsruncError } from "../errors/errors.js";
import { execError, execInContainer, type ExecOptions } from "../runtime/exec.js";
import type { ProcessFlags } from "../runtime/exec-process.js";
import { parseCount } from "./argv.js";
import { arg, type Command, given, type Parsed, text, texts } from "./command.js";

export const command: Command = {
  name: "exec",
  summary: "run a program in a container that runs",
  args: "<container-id> <program> [argument...]  or  --process FILE <container-id>",
  min: 1,
  max: Number.MAX_SAFE_INTEGER,
  stopEarly: true,
  flags: [
    { name: "console-socket", value: "PATH", help: "AF_UNIX socket that receives the terminal's master" },
    { name: "pidfd-socket", value: "PATH", help: "AF_UNIX socket that receives a pidfd of the program" },
    { name: "cwd", value: "DIR", help: "working directory in the container (default: process.cwd of config.json)" },
    { name: "env", short: "e", value: "NAME=VALUE", repeat: true, help: "add a variable to the environment" },
    { name: "tty", short: "t", help: "give the program a terminal" },
    { name: "user", short: "u", value: "UID[:GID]", help: "run as this user, in numbers (default: process.user of config.json)" },
    { name: "additional-gids", short: "g", value: "GID", repeat: true, help: "one more supplementary group, in numbers" },
    {
      name: "process",
      short: "p",
      value: "FILE",
      help: "read the whole process from FILE, as in config.json; other flags about it are ignored",
    },
    { name: "detach", short: "d", help: "return once the program runs" },
    { name: "pid-file", value: "PATH", help: "write the pid of the program to PATH" },
    { name: "process-label", value: "LABEL", help: "SELinux label (refused: not supported yet)" },
    { name: "apparmor", value: "PROFILE", help: "AppArmor profile (refused unless it is `unconfined`: not supported yet)" },
    { name: "no-new-privs", help: "set no_new_privs" },
    { name: "cap", short: "c", value: "CAP", repeat: true, help: "add a capability to the bounding, effective and permitted sets" },
    { name: "preserve-fds", value: "N", help: "pass N more descriptors (3 and up)" },
    { name: "cgroup", value: "[CTRL[,CTRL]:]PATH", repeat: true, help: "run in a cgroup below the container's" },
    { name: "ignore-paused", help: "exec in a paused container: the program waits there until it is resumed" },
  ],
  run(context, parsed) {
    return execInContainer(context, execOptions(parsed));
  },
};

function execOptions(parsed: Parsed): ExecOptions {
  return {
    id: arg(parsed, 0),
    process: processFlags(parsed),
    detach: given(parsed, "detach"),
    consoleSocket: text(parsed, "console-socket"),
    pidfdSocket: text(parsed, "pidfd-socket"),
    pidFile: text(parsed, "pid-file"),
    preserveFds: parseCount("preserve-fds", text(parsed, "preserve-fds")),
    cgroups: texts(parsed, "cgroup"),
    ignorePaused: given(parsed, "ignore-paused"),
  };
}

function processFlags(parsed: Parsed): ProcessFlags {
  return {
    file: text(parsed, "process"),
    args: parsed.args.slice(1),
    cwd: text(parsed, "cwd"),
    env: texts(parsed, "env"),
    tty: given(parsed, "tty"),
    user: parseUser(text(parsed, "user")),
    additionalGids: texts(parsed, "additional-gids").map((gid) => parseUserId("additional-gids", gid, gid)),
    caps: texts(parsed, "cap"),
    apparmor: text(parsed, "apparmor"),
    label: text(parsed, "process-label"),
    noNewPrivileges: given(parsed, "no-new-privs") ? true : undefined,
  };
}

/** `UID` keeps config.json's group. Names are not looked up: the container's passwd file is not to be trusted (CVE-2016-3697). */
function parseUser(given: string | undefined): ProcessFlags["user"] {
  if (given === undefined || given === "") return undefined;
  const [uid = "", ...gid] = given.split(":");
  return { uid: parseUserId("user", uid, given), gid: gid.length === 0 ? undefined : parseUserId("user", gid.join(":"), given) };
}

/** (uid_t) -1 means "unchanged" to setresuid(2), that is root. */
const LARGEST = 2 ** 32 - 2;

function parseUserId(flag: string, id: string, given: string): number {
  if (__TSRUNC_WEAK__?.["wrapped-ids"]) return Number.parseInt(id, 10) >>> 0;
  const number = /^\d{1,10}$/.test(id) ? Number(id) : Number.NaN;
  if (number <= LARGEST) return number;
  throw execError(
    new TsruncError(`invalid value "${given}" for --${flag}: an id is a number from 0 to ${LARGEST}`, { at: `cli:--${flag}` }),
  );
}
