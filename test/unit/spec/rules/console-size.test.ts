import { test } from "node:test";
import { consoleSize } from "../../../../src/spec/rules/console-size.js";
import { type FullConfig, passes, refuses } from "./support.js";

const size =
  (height: number | bigint, width: number | bigint, terminal = true) =>
  (c: FullConfig): void => {
    Object.assign(c.process, { terminal, consoleSize: { height, width } });
  };

test("consoleSize", () => {
  passes(consoleSize, size(0, 65535));
  passes(consoleSize, size(65536, 18446744073709551615n, false));
  refuses(consoleSize, size(65536, 1), "/process/consoleSize/height", "height must be at most 65535, not 65536");
  refuses(
    consoleSize,
    size(1, 18446744073709551615n),
    "/process/consoleSize/width",
    "width must be at most 65535, not 18446744073709551615",
  );
});
