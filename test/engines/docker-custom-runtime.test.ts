// Docker with tsrunc as a runtime of daemon.json, by name and as the default of all containers.
import { testOwnScript } from "../support/engine.js";

await testOwnScript("docker-custom-runtime", "dockerd");
