import { test } from "node:test";
import type { Resources } from "../../../../src/spec/config.js";
import { rdma } from "../../../../src/spec/rules/rdma.js";
import { passes, refuses } from "./support.js";

type Limits = NonNullable<Resources["rdma"]>;
const set = (value: Limits) => (c: { linux: { resources: Resources } }) => void Object.assign(c.linux.resources, { rdma: value });

test("a device is named by a word, and has a limit", () => {
  const message = 'rdma limits of "mlx5_1" need hcaHandles or hcaObjects';
  refuses(rdma, set({ rxe3: { hcaObjects: 0 }, mlx5_1: {} }), "/linux/resources/rdma/mlx5_1", message);
  for (const name of ["", "a b", "a\n", "a/b", "a=b"]) {
    const at = `/linux/resources/rdma/${name.replace("/", "~1")}`;
    refuses(rdma, set({ [name]: { hcaHandles: 1 } }), at, `invalid RDMA device name ${JSON.stringify(name)}`);
  }
  passes(rdma);
  passes(rdma, set({ mlx5_1: { hcaHandles: 3 }, "rxe-3.0": { hcaObjects: 0 } }));
});
