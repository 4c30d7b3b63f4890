/** Headers that are text, and the files that they name. */
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { type ImageContext, withReader } from "./image-context.ts";
import { badHeader } from "./samples/stored-image.ts";

const longestHeader = 16 * 2 ** 20;
const firstBytes = 2 ** 12;

/** The text of a header. */
export interface TextHeader {
  /** One character for each byte. */
  readonly text: string;
  /** Bytes of the header; samples of an attached file begin there. */
  readonly end: number;
}

/**
 * The text at a file's beginning, as long as `endOf` (length of the header within the text so far, if it is complete) wants more, up to
 * the end of the file.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` for one above 16 MiB
 */
export async function readTextHeader(
  path: string,
  context: ImageContext,
  endOf: (text: string) => number | undefined,
): Promise<TextHeader> {
  return withReader(path, context, true, async (reader) => {
    let text = "";
    for (;;) {
      const more = await reader.take(Math.max(firstBytes, text.length));
      text += Buffer.from(more.buffer, more.byteOffset, more.byteLength).toString("latin1");
      const end = endOf(text);
      if (end !== undefined) return { text: text.slice(0, end), end };
      if (more.length === 0) return { text, end: text.length };
      if (text.length > longestHeader) throw badHeader(`the header does not end within ${longestHeader} bytes`, path);
    }
  });
}

/**
 * The path of a file that a header names, which must lie in the header's folder or below: a header that was fetched from somewhere shall not
 * make a pipeline read what lies elsewhere on the machine.
 *
 * @throws FormatError `VOXRX_BAD_HEADER`
 */
export function besideHeader(header: string, name: string): string {
  const folder = resolve(dirname(header));
  const path = resolve(folder, name);
  const way = relative(folder, path);
  const isInside = way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  if (isInside && !isAbsolute(name) && !name.includes("\0")) return resolve(dirname(header), name);
  throw badHeader(
    `the header names the data file ${JSON.stringify(name)}, which is not below its folder`,
    header,
    "Put the data file beside the header and write its bare name there.",
  );
}

/** Names by a printf pattern with one number (`slice%03d.raw`), from `first` to `last` by `step`; undefined if it is none. */
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
