// Makes a small root filesystem from Debian's static busybox: node scripts/make-rootfs.mjs DIR
import { resolve } from "node:path";
import { makeRootfs } from "./lib/rootfs.mjs";
import { Missing } from "./lib/tools.mjs";

const directory = process.argv[2];
try {
  if (directory === undefined) throw new Missing("usage: node scripts/make-rootfs.mjs DIR");
  makeRootfs(resolve(directory));
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  process.stderr.write(`make-rootfs: ${error.message}\n`);
  process.exitCode = 1;
}
