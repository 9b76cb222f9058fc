import { test } from "node:test";
import { ociVersion } from "../../../../src/spec/rules/oci-version.js";
import { passes, refuses } from "./support.js";

test("ociVersion: what engines write", () => {
  for (const version of ["1.0.0", "1.0.2-dev", "1.3.0", "1.2.0+dev", "1.0.0-rc5", "0.6.0-dev", "1.1.0-rc.1+build.5", "1.9.12"]) {
    passes(ociVersion, (c) => (c.ociVersion = version));
  }
});

test("ociVersion: what is none, or of another major version", () => {
  for (const version of ["", "invalid", "1", "1.0", "v1.0.0", "1.0.0-", "01.0.0", "1.0.0 ", "1.0.0+"]) {
    const message = `ociVersion ${JSON.stringify(version)} is not a version of the form 1.2.3`;
    refuses(ociVersion, (c) => (c.ociVersion = version), "/ociVersion", message);
  }
  refuses(ociVersion, (c) => (c.ociVersion = "2.0.0"), "/ociVersion", 'ociVersion "2.0.0" is not supported: 1.x is');
});
