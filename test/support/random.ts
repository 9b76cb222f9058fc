// Numbers that look random and come again with the same seed: a test prints its seed, and what broke something is made anew from it.

export const anotherSeed = (): number => Date.now() % 2 ** 31;

/** Of a test: what the environment variable says, else always the same one, as whether a change passes must depend on the change alone; with TSRUNC_LONG=1 another each time. */
export const chosenSeed = (variable: string): number =>
  Number(process.env[variable] ?? (process.env["TSRUNC_LONG"] === "1" ? anotherSeed() : 1));

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The same numbers for the same `seed` and `index`, whatever came before. */
  static of(seed: number, index: number): Random {
    const random = new Random(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35));
    random.#u32();
    return random;
  }

  /** mulberry32. */
  #u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor((this.#u32() / 2 ** 32) * limit);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error("nothing to pick from");
    return list[this.below(list.length)] as T;
  }

  /** `count` of them in their order; all where there are no more. */
  sample<T>(list: readonly T[], count: number): T[] {
    const left = list.map((_, index) => index);
    while (left.length > count) left.splice(this.below(left.length), 1);
    return left.map((index) => list[index] as T);
  }

  /** Mostly small, now and then up to `most`. */
  size(most: number): number {
    return this.below(2 ** this.below(Math.ceil(Math.log2(most + 1)) + 1)) % (most + 1);
  }
}
