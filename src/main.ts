// argv -> command -> exit code. The only exit; runCli has the only catch of whatever went wrong.
import { host } from "tsrunc:host";
import { runCli } from "./cli/cli.js";

// No top-level await: the bundle is a CommonJS script, which V8's code cache works for.
void runCli(host).then((code) => host.exit(code));
