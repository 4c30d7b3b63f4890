/** Names of archive entries, which are bytes: usually UTF-8, but in old archives in any other encoding. */
import { isUtf8 } from "node:buffer";
import { ArchiveError } from "../errors.ts";

/**
 * The name that bytes spell: UTF-8, with each byte that is not part of valid UTF-8 as `%E4`. Nothing else is escaped,
 * so names of other archives stay as they are.
 */
export function nameOfBytes(bytes: Uint8Array): string {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(whole)) return whole.toString("utf8");
  let name = "";
  for (let at = 0; at < whole.length; ) {
    const length = [1, 2, 3, 4].find((size) => at + size <= whole.length && isUtf8(whole.subarray(at, at + size)));
    name += length === undefined ? escaped(whole[at] ?? 0) : whole.toString("utf8", at, at + length);
    at += length ?? 1;
  }
  return name;
}

function escaped(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/**
 * Notices two entries that are different in the archive but have one name: `\xE4.txt`, whose first byte is escaped, and
 * `%E4.txt`. Only names that could be escaped ones are remembered.
 */
export class EscapedNames {
  readonly #bytesByName = new Map<string, string>();

  /** @throws ArchiveError `VOXRX_BAD_ARCHIVE` */
  check(name: string, bytes: string): void {
    if (!/%[\dA-F]{2}/.test(name)) return;
    const other = this.#bytesByName.get(name);
    if (other !== undefined && other !== bytes) throw sameName(name, other, bytes);
    this.#bytesByName.set(name, bytes);
  }
}

/** The error for two different entries that would become one file. Their names are given as Latin-1 strings. */
export function sameName(name: string, one: string, other: string): ArchiveError {
  const shown = [one, other].map((bytes) => JSON.stringify(shownBytes(bytes.slice(0, 200)))).join(" and ");
  const fault = `the entries ${shown} would be one file here: ${JSON.stringify(name.slice(0, 200))}`;
  return new ArchiveError("VOXRX_BAD_ARCHIVE", fault, {
    remedy: "Rename one of them in the archive, or extract the archive with another tool.",
  });
}

/** Latin-1 with everything but printable ASCII escaped, so that names that look alike can be told apart. */
function shownBytes(bytes: string): string {
  return bytes.replace(/[^\x20-\x7e]/g, (byte) => escaped(byte.charCodeAt(0)));
}
