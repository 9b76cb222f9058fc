// podman with tsrunc as its runtime: the cases of the shared engine suite, but for what is refused by name (docs/compatibility.md).
import { testEngine } from "../support/engine.js";

await testEngine("podman", "podman", { idmapped_mount: "id-mapped mounts are not supported yet" });
