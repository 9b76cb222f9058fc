// `tsrunc:host` of src/train.ts: an engine and nothing else. What is missing of the globals of the web comes from the core.
import { fromUtf8, utf8 } from "./plan/wire.js";

class Encoder {
  encode(text = ""): Uint8Array {
    return utf8(text);
  }
}

class Decoder {
  decode(bytes: Uint8Array): string {
    return fromUtf8(bytes);
  }
}

Object.assign(globalThis, { TextEncoder: Encoder, TextDecoder: Decoder });
