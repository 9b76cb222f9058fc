import { test } from "node:test";
import { hostname } from "../../../../src/spec/rules/hostname.js";
import { passes, refuses, without } from "./support.js";

test("hostname and domainname", () => {
  for (const name of ["hostname", "domainname"] as const) {
    passes(hostname, (c) => (c[name] = "h".repeat(64)));
    passes(hostname, (c) => {
      c[name] = "";
      without(c, "uts");
    });
    refuses(
      hostname,
      (c) => {
        c[name] = "h";
        without(c, "uts");
      },
      `/${name}`,
      `unable to set ${name} without a private UTS namespace`,
    );
    refuses(hostname, (c) => (c[name] = "h".repeat(65)), `/${name}`, `${name} has 65 bytes, the kernel takes at most 64`);
    refuses(hostname, (c) => (c[name] = "é".repeat(33)), `/${name}`, `${name} has 66 bytes, the kernel takes at most 64`);
  }
});
