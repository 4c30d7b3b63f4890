/** Text of files from outside, with the place of bytes that do not belong to it. */
import { isUtf8 } from "node:buffer";

/** Where something is in a text: both from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Bytes that are not text in the expected encoding. */
export class BadText extends Error {
  readonly place: TextPlace;

  constructor(fault: string, place: TextPlace) {
    super(fault);
    this.place = place;
  }
}

/** The encoding that the first bytes of a text mark (Unicode's byte order marks). */
export function markedEncoding(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | undefined {
  const [a, b, c] = bytes;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  return a === 0xef && b === 0xbb && c === 0xbf ? "utf-8" : undefined;
}

/** Decodes a text piece by piece, without its byte order mark. Line ends are LF, CR LF or CR, also mixed. */
export class TextPieces {
  readonly encoding: string;
  readonly #decoder: TextDecoder;
  #line = 1;
  /** Number of characters of the current line. */
  #column = 0;
  #endedInCr = false;
  #held: Buffer = Buffer.alloc(0);

  /** @throws RangeError for an encoding that `TextDecoder` does not know */
  constructor(encoding: string) {
    this.#decoder = new TextDecoder(encoding, { fatal: true });
    this.encoding = this.#decoder.encoding;
  }

  /** @throws BadText for bytes that are not in the encoding, and for characters that tell of another encoding */
  next(bytes: Uint8Array): string {
    return this.#decoded(bytes, true);
  }

  /** The rest of the text. @throws BadText if it ends within a character */
  end(): string {
    return this.#decoded(new Uint8Array(0), false);
  }

  #decoded(bytes: Uint8Array, isMore: boolean): string {
    let text: string;
    try {
      text = this.#decoder.decode(bytes, { stream: isMore });
    } catch {
      throw this.#badBytes(bytes);
    }
    this.#passText(text);
    if (this.encoding === "utf-8") this.#held = unfinished(Buffer.concat([this.#held, bytes]));
    return text;
  }

  /** Advances the place over text that is decoded. @throws BadText for characters that tell of another encoding */
  #passText(text: string): void {
    const signs = this.encoding.startsWith("utf-16") ? foreignInUtf16 : foreign;
    const sign = Math.min(...signs.map((each) => text.indexOf(each)).filter((at) => at !== -1));
    this.#pass(text.slice(0, sign));
    if (sign < text.length) throw new BadText(`it has ${meaningOf(text.charAt(sign))}`, this.#place());
  }

  #pass(text: string): void {
    if (text === "") return;
    const lines = (this.#endedInCr && text.startsWith("\n") ? text.slice(1) : text).split(/\r\n|\n|\r/);
    if (lines.length > 1) this.#column = 0;
    this.#line += lines.length - 1;
    this.#column += (lines.at(-1) ?? "").length;
    this.#endedInCr = text.endsWith("\r");
  }

  #place(): TextPlace {
    return { line: this.#line, column: this.#column + 1 };
  }

  #badBytes(bytes: Uint8Array): BadText {
    if (this.encoding !== "utf-8") return new BadText(`it is not valid ${this.encoding}`, this.#place());
    const all = Buffer.concat([this.#held, bytes]);
    const valid = validLength(all);
    this.#passText(all.toString("utf8", this.#held.length, Math.max(valid, this.#held.length)));
    const shown = all[valid]?.toString(16).toUpperCase().padStart(2, "0");
    return new BadText(`the byte 0x${shown} is not valid UTF-8`, this.#place());
  }
}

/** NUL is in UTF-16 and UTF-32 read as something else, ESC in ISO-2022. */
const foreign = ["\0", "\x1b"];
/** A line feed in the other byte order is U+0A00, which is not a character, and a byte order mark is U+FFFE, which is not one either. */
const foreignInUtf16 = [...foreign, "\u0a00", "\ufffe"];

function meaningOf(sign: string): string {
  if (sign === "\0") return "a NUL byte, so it is not text in this encoding";
  if (sign === "\x1b")
    return "an escape character (0x1B), as texts in ISO-2022 have, so it is not text in this encoding";
  return "a line feed with its bytes swapped, so it is UTF-16 in the other byte order";
}

/** The bytes of a character that has only begun. */
function unfinished(bytes: Buffer): Buffer {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const byte = bytes[bytes.length - length] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0)
      return length < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? Buffer.from(bytes.subarray(-length)) : none;
  }
  return none;
}

const none = Buffer.alloc(0);

/** Number of bytes before the first that is not part of valid UTF-8. */
function validLength(bytes: Buffer): number {
  let [valid, invalid] = [0, bytes.length];
  // A prefix that ends within a character is not valid either, so the last bytes are tried one by one.
  while (invalid - valid > 8) {
    const middle = valid + Math.floor((invalid - valid) / 2);
    const end = [0, 1, 2, 3].find((back) => isUtf8(bytes.subarray(valid, middle - back)));
    if (end === undefined) invalid = middle;
    else valid = middle - end;
  }
  for (let end = Math.min(bytes.length, invalid); end > valid; end--)
    if (isUtf8(bytes.subarray(valid, end))) return end;
  return valid;
}

/** Whether a label names an encoding of the Encoding Standard. */
export function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label, { fatal: true }).encoding !== "";
  } catch {
    return false;
  }
}
