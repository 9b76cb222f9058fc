// Makes a small root filesystem from Debian's static busybox: node scripts/make-rootfs.mjs DIR
import { resolve } from "node:path";
import { makeRootfs } from "./lib/rootfs.mjs";
import { Missing, asProgram } from "./lib/tools.mjs";

const directory = process.argv[2];
await asProgram("make-rootfs", () => {
  if (directory === undefined) throw new Missing("usage: node scripts/make-rootfs.mjs DIR");
  makeRootfs(resolve(directory));
});
