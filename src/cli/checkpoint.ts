import { checkpointContainer } from "../runtime/checkpoint.js";
import { parseCount } from "./argv.js";
import { arg, type Command, given, text } from "./command.js";
import { criuFlags, filled, parsePageServer, sharedFlags } from "./criu-flags.js";

export const command: Command = {
  name: "checkpoint",
  summary: "save a running container to disk with CRIU, and remove it",
  args: "<container-id>",
  min: 1,
  max: 1,
  flags: [
    ...criuFlags,
    { name: "parent-path", value: "DIR", help: "directory of an earlier --pre-dump, relative to that of the images" },
    { name: "leave-running", help: "let the container run on" },
    { name: "pre-dump", help: "save only memory, and let the container run on" },
    { name: "tcp-skip-in-flight", help: "leave out TCP connections that are being made" },
    { name: "link-remap", help: "allow files that were unlinked" },
    { name: "page-server", value: "ADDRESS:PORT", help: "send memory to a page server" },
    { name: "status-fd", value: "N", help: "write a NUL byte there once --lazy-pages is ready" },
  ],
  run(context, parsed) {
    const statusFd = text(parsed, "status-fd");
    checkpointContainer(context, {
      ...sharedFlags(parsed),
      id: arg(parsed, 0),
      imagePath: filled(parsed, "image-path"),
      workPath: filled(parsed, "work-path"),
      parentPath: filled(parsed, "parent-path"),
      leaveRunning: given(parsed, "leave-running"),
      preDump: given(parsed, "pre-dump"),
      tcpSkipInFlight: given(parsed, "tcp-skip-in-flight"),
      linkRemap: given(parsed, "link-remap"),
      pageServer: parsePageServer(filled(parsed, "page-server")),
      // -1 is runc's default, which callers repeat.
      statusFd: statusFd === undefined || statusFd === "-1" ? undefined : parseCount("status-fd", statusFd),
    });
    return 0;
  },
};
