import { test } from "node:test";
import { timeNamespace } from "../../../../src/spec/rules/time-namespace.js";
import { type FullConfig, passes, refuses } from "./support.js";

const offsets =
  (namespace: object | undefined, nanosecs = 999999999) =>
  (c: FullConfig): void => {
    if (namespace !== undefined) c.linux.namespaces.push({ type: "time", ...namespace });
    c.linux.timeOffsets = { boottime: { secs: -5, nanosecs } };
  };
const at = "/linux/timeOffsets";

test("time offsets", () => {
  passes(timeNamespace, offsets({}));
  passes(timeNamespace, (c) => (c.linux.timeOffsets = {}));
  refuses(timeNamespace, offsets(undefined), at, "time namespace offsets specified, but time namespace isn't enabled in the config");
  refuses(
    timeNamespace,
    offsets({ path: "/proc/1/ns/time" }),
    at,
    "time namespace enabled, but both namespace path and time offsets specified -- you may only provide one",
  );
  refuses(timeNamespace, offsets({}, 1000000000), `${at}/boottime/nanosecs`, "nanosecs must be less than 1000000000, not 1000000000");
});
