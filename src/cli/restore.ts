import { restoreContainer } from "../runtime/restore.js";
import { arg, type Command, given } from "./command.js";
import { criuFlags, filled, sharedFlags } from "./criu-flags.js";

export const command: Command = {
  name: "restore",
  summary: "make a container from a checkpoint; wait for its end unless --detach",
  args: "<container-id>",
  min: 1,
  max: 1,
  flags: [
    { name: "bundle", short: "b", value: "DIR", help: "directory of config.json (default: the current one)" },
    { name: "detach", short: "d", help: "return once the container runs" },
    { name: "console-socket", value: "PATH", help: "AF_UNIX socket that receives the terminal's master" },
    { name: "pid-file", value: "PATH", help: "write the pid of the container's init to PATH" },
    { name: "no-subreaper", help: "do not adopt processes that the container's init leaves behind" },
    { name: "no-pivot", help: "accepted: CRIU decides how it changes the root" },
    ...criuFlags,
    { name: "lsm-profile", value: "TYPE:NAME", help: "run under this profile: apparmor:NAME or selinux:LABEL" },
    { name: "lsm-mount-context", value: "CONTEXT", help: "mount with this SELinux context" },
  ],
  run(context, parsed) {
    return restoreContainer(context, {
      ...sharedFlags(parsed),
      id: arg(parsed, 0),
      bundle: filled(parsed, "bundle"),
      imagePath: filled(parsed, "image-path"),
      workPath: filled(parsed, "work-path"),
      consoleSocket: filled(parsed, "console-socket"),
      pidFile: filled(parsed, "pid-file"),
      noPivot: given(parsed, "no-pivot"),
      detach: given(parsed, "detach"),
      subreaper: !given(parsed, "no-subreaper"),
      lsmProfile: filled(parsed, "lsm-profile"),
      lsmMountContext: filled(parsed, "lsm-mount-context"),
    });
  },
};
