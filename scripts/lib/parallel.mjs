import { availableParallelism } from "node:os";

/** `work` on each of `list`, as many at once as there are processors. */
export async function inParallel(list, work) {
  const left = [...list];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
