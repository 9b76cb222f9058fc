// argv -> command -> exit code. The only start; runCli has the only catch of whatever went wrong.
//
// Nothing at the top level of a module asks the host how it was called or touches the system: the static host runs all of that when it is
// built (docs/adr/0008-static-host.md).
import { host } from "tsrunc:host";
import { runCli } from "./cli/cli.js";

host.start(() => runCli(host));
