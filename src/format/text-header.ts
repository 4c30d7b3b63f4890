/** Reads text headers and resolves the files they name. */
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import type { ByteReader } from "../files/byte-reader.ts";
import { badHeader } from "./format-faults.ts";

const maxHeaderBytes = 16 * 2 ** 20;
const firstBytes = 2 ** 12;

/** A text header. */
export interface TextHeader {
  /** Decoded from UTF-8 or, if that is impossible, from Latin-1. */
  readonly text: string;
  /** Length of the header in bytes; samples in the same file start there. */
  readonly end: number;
}

/**
 * Reads the text at the start of a file until `endOf` returns the length of the header, or to the end of the file.
 * `endOf` gets the text so far, one character for each byte, and returns undefined to get more. The position of the
 * reader doesn't change.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` for a header larger than 16 MiB
 */
export async function readTextHeader(
  reader: ByteReader,
  endOf: (text: string) => number | undefined,
): Promise<TextHeader> {
  for (let length = firstBytes; ; length *= 2) {
    const text = Buffer.from((await reader.peek(length)).buffer).toString("latin1");
    const end = endOf(text);
    if (end !== undefined) return { text: decoded(text.slice(0, end)), end };
    if (text.length < length) return { text: decoded(text), end: text.length };
    if (text.length > maxHeaderBytes) {
      throw badHeader(`the header does not end within ${maxHeaderBytes} bytes`, reader.path);
    }
  }
}

function decoded(text: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "latin1"));
  } catch {
    return text;
  }
}

/**
 * The path of a file that a header names. It must be in the directory of the header or below, so that an untrusted
 * header can't make a pipeline read other files on the machine.
 *
 * @throws FormatError `VOXRX_BAD_HEADER`
 */
export function besideHeader(header: string, name: string): string {
  const dir = resolve(dirname(header));
  const path = resolve(dir, name);
  const way = relative(dir, path);
  const isInside = way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  if (isInside && !isAbsolute(name) && !name.includes("\0")) return resolve(dirname(header), name);
  throw badHeader(
    `the header names the data file ${JSON.stringify(name)}, which is not inside the directory of the header`,
    header,
    "Put the data file next to the header, and write only its name in the header.",
  );
}

/**
 * Names from a printf pattern with one number (`slice%03d.raw`), from `first` to `last` in steps of `step`; undefined
 * if the pattern is invalid.
 */
export function namesByPattern(pattern: string, first: number, last: number, step: number): string[] | undefined {
  const place = /%(0?)(\d{0,2})d/.exec(pattern);
  const count = Math.floor((last - first) / step) + 1;
  if (!place || !Number.isSafeInteger(first) || !(count >= 1 && count <= 100_000)) return undefined;
  const [found, zero, width = ""] = place;
  return Array.from({ length: count }, (_, n) => {
    const number = String(first + n * step).padStart(Number(width), zero ? "0" : " ");
    return pattern.slice(0, place.index) + number + pattern.slice(place.index + found.length);
  });
}
