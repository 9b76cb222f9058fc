// Bytes to text, strictly. JSON is UTF-8 (RFC 8259 section 8.1); a replacement character in a path would name another file.
import { TsruncError } from "../errors/errors.js";

/** The text of `bytes`. Invalid UTF-8 is an error with the position of its first bad byte (column in bytes). */
export function decodeUtf8(bytes: Uint8Array, fileName: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const bad = firstInvalid(bytes);
    let line = 1;
    let start = 0;
    for (let i = 0; i < bad; i++) {
      if (bytes[i] === 0x0a) {
        line++;
        start = i + 1;
      }
    }
    const where = `${fileName}:${line}:${bad - start + 1}`;
    const byte = (bytes[bad] ?? 0).toString(16).padStart(2, "0");
    throw new TsruncError(`${where}: not valid UTF-8 (byte 0x${byte})`, { where });
  }
}

/** Offset of the first byte that does not continue well-formed UTF-8 (Unicode, table 3-7). */
function firstInvalid(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length) {
    const size = sequenceLength(bytes, i);
    if (size === 0) return i;
    i += size;
  }
  return bytes.length;
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const size = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (size === 0) return 0;
  const second = bytes[at + 1] ?? 0;
  // Overlong forms, surrogates and what is above U+10FFFF are told by the second byte.
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < size; i++) {
    const next = bytes[at + i] ?? 0;
    if (next < 0x80 || next > 0xbf) return 0;
  }
  return size;
}
