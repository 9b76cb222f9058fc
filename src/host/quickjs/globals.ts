// What the core uses of the web's globals and the engine does not have: TextDecoder and TextEncoder, for UTF-8 and whole texts only. And
// `process`, which commander and debug read (shims/process.ts).
import { port } from "./port.js";
import { process } from "./shims/process.js";

class Utf8Decoder {
  readonly #fatal: boolean;
  readonly #ignoreBom: boolean;

  constructor(_label?: string, options: { readonly fatal?: boolean; readonly ignoreBOM?: boolean } = {}) {
    this.#fatal = options.fatal === true;
    this.#ignoreBom = options.ignoreBOM === true;
  }

  decode(bytes: Uint8Array): string {
    const text = port.decode(bytes, this.#fatal);
    return !this.#ignoreBom && text.startsWith("\uFEFF") ? text.slice(1) : text;
  }
}

class Utf8Encoder {
  encode(text = ""): Uint8Array {
    return port.encode(text);
  }
}

Object.assign(globalThis, { TextDecoder: Utf8Decoder, TextEncoder: Utf8Encoder, process });
