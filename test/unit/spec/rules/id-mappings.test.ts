import { test } from "node:test";
import { idMappings } from "../../../../src/spec/rules/id-mappings.js";
import { type FullConfig, passes, refuses } from "./support.js";

const maps =
  (...lines: [number, number, number][]) =>
  (c: FullConfig): void => {
    c.linux.gidMappings = lines.map(([containerID, hostID, size]) => ({ containerID, hostID, size }));
  };
const at = "/linux/gidMappings";

test("id maps that the kernel takes", () => {
  passes(idMappings, maps([0, 1000, 1], [1, 100000, 65536]));
  passes(idMappings, maps([0, 0, 4294967295]));
  passes(idMappings, maps(...Array.from({ length: 340 }, (_, i): [number, number, number] => [i, i, 1])));
  refuses(idMappings, maps([0, 0, 1], [1, 1, 0]), `${at}/1/size`, "a mapping of size 0 maps nothing");
  refuses(idMappings, maps([1, 0, 4294967295]), `${at}/0`, "the range from containerID 1 passes 4294967294, the last id");
  refuses(idMappings, maps([0, 4294967295, 1]), `${at}/0`, "the range from hostID 4294967295 passes 4294967294, the last id");
  refuses(idMappings, maps([0, 100, 10], [9, 200, 10]), `${at}/1`, "containerID range overlaps the one of mapping 0");
  refuses(idMappings, maps([0, 100, 10], [10, 109, 10]), `${at}/1`, "hostID range overlaps the one of mapping 0");
  refuses(
    idMappings,
    maps(...Array.from({ length: 341 }, (_, i): [number, number, number] => [i, i, 1])),
    at,
    "at most 340 mappings are possible, not 341",
  );
});
