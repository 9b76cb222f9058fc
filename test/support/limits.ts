// Limits of a container, and updates of them that write a few files and then fail.

export const limitsBefore = {
  memory: { limit: 134217728, swap: 268435456, reservation: 33554432 },
  cpu: { shares: 512, quota: 20000, period: 50000, burst: 1000 },
  pids: { limit: 20 },
};

/** All of them others. */
export const limitsAfter = {
  memory: { limit: 67108864, swap: 67108864, reservation: 1048576 },
  cpu: { shares: 1000, quota: 3000, period: 10000, burst: 500, mems: "0" },
  pids: { limit: 99 },
};

/** `good`, each time with one value that is refused, on cgroup v1 and v2. */
export function failingUpdates(good: typeof limitsAfter): object[] {
  return [
    { ...good, cpu: { ...good.cpu, cpus: "0-4000" } },
    { ...good, cpu: { ...good.cpu, burst: 900000 } },
    { ...good, cpu: { ...good.cpu, idle: 7 } },
    { ...good, blockIO: { throttleReadBpsDevice: [{ major: 4000, minor: 1, rate: 5 }] } },
    { ...good, hugepageLimits: [{ pageSize: "3MB", limit: 5 }] },
  ];
}
