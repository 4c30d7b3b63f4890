/** Headers of tar entries: V7, ustar, GNU and pax. Only name, kind and size are read. */
import { ArchiveError } from "../errors.ts";

/** Size of a header, and the unit of a tar, in bytes. */
export const tarBlock = 512;

/** One header block. Names are bytes. */
export interface TarHeader {
  readonly name: Buffer;
  /** The type flag as a character; `"0"` for V7 files. */
  readonly flag: string;
  /** Size of the data that follows the header, in bytes. */
  readonly size: number;
}

/** Whether a block has the checksum of a tar header. V7 headers have no other mark. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < tarBlock) return false;
  const announced = octalIn(block.subarray(148, 156));
  let unsigned = 8 * 32;
  let signed = unsigned; // some old writers sum signed bytes
  for (const [at, byte] of block.subarray(0, tarBlock).entries()) {
    if (at >= 148 && at < 156) continue;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return unsigned !== 8 * 32 && (announced === unsigned || announced === signed);
}

/** Parses a header block. @throws ArchiveError `VOXRX_BAD_ARCHIVE` */
export function parseTarHeader(block: Buffer): TarHeader {
  if (!isTarHeader(block)) throw badTar("an entry's header has a wrong checksum");
  const own = upToNul(block.subarray(0, 100));
  // GNU tar uses the bytes of the prefix for other things.
  const prefix =
    block.toString("latin1", 257, 263) === "ustar\0" ? upToNul(block.subarray(345, 500)) : own.subarray(0, 0);
  const name = prefix.length > 0 ? Buffer.concat([prefix, Buffer.from("/"), own]) : own;
  const letter = String.fromCharCode(block[156] ?? 0);
  const flag = letter === "\0" ? "0" : letter;
  const size = sizeIn(block.subarray(124, 136));
  if (size === undefined) {
    throw badTar(`the entry ${JSON.stringify(name.toString("latin1", 0, 200))} has no valid size in its header`);
  }
  return { name, flag, size };
}

/** Octal digits, or base-256 for large sizes (first bit set). Undefined if it is neither, or not a safe integer. */
function sizeIn(field: Buffer): number | undefined {
  const [first = 0] = field;
  if (first < 0x80) return octalIn(field);
  const size = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, first & 0x7f);
  return Number.isSafeInteger(size) ? size : undefined;
}

/** Empty is 0: writers leave sizes of entries without data empty. */
function octalIn(field: Buffer): number | undefined {
  const digits = /^[ \0]*([0-7]*)(?:[ \0]|$)/.exec(field.toString("latin1"))?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits || "0", 8);
}

/** The bytes of a string field, which a NUL ends if it is not full. */
export function upToNul(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return end === -1 ? field : field.subarray(0, end);
}

/**
 * The records of a pax header, by keyword (POSIX.1-2001, pax): `LENGTH KEYWORD=VALUE\n` with the length in decimal.
 * Values are bytes: a `path` may be in any encoding (`hdrcharset=BINARY`).
 *
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE`
 */
export function parsePax(data: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < data.length && data[at] !== 0; ) {
    const digits = /^(\d{1,9}) /.exec(data.toString("latin1", at, at + 10))?.[1];
    const end = at + Number(digits);
    const equals = data.indexOf("=", at);
    if (digits === undefined || end > data.length || data[end - 1] !== 10 || equals === -1 || equals >= end) {
      throw badTar("an extended header (pax) is damaged");
    }
    records.set(data.toString("utf8", at + digits.length + 1, equals), data.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

/** The size in pax records, if they have one. @throws ArchiveError `VOXRX_BAD_ARCHIVE` */
export function paxSize(records: ReadonlyMap<string, Buffer>): number | undefined {
  const given = records.get("size")?.toString("latin1");
  if (given === undefined || given === "") return undefined;
  const size = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (Number.isSafeInteger(size)) return size;
  throw badTar(`an extended header (pax) has the size ${JSON.stringify(given.slice(0, 40))}`);
}

/** The error for bytes that are not a complete, valid tar. */
export function badTar(fault: string): ArchiveError {
  return new ArchiveError("VOXRX_BAD_ARCHIVE", `the archive is damaged or truncated: ${fault}`, {
    remedy: "Download it again, with its checksum if one is published.",
  });
}
