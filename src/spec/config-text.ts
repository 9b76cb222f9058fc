// The text that a configuration was read from.
const texts = new WeakMap<object, string>();

/** `text`: one JSON value, which `config` was read from and is. */
export function keepText(config: object, text: string): void {
  texts.set(config, text);
}

/** To write it again without taking it apart; undefined for a configuration that was put together. */
export function textOf(config: unknown): string | undefined {
  return texts.get(config as object)?.trim();
}
