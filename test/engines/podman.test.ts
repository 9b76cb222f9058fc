// podman with tsrunc as its runtime: the cases of the shared engine suite.
import { testEngine } from "../support/engine.js";

await testEngine("podman", "podman");
