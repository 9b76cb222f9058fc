// containerd's shim with tsrunc as its runtime: every case of the shared engine suite.
import { testEngine } from "../support/engine.js";

await testEngine("containerd", "containerd");
