/** Unpacks samples from files: plain, compressed, or as text. */

import type { FormatError } from "../../errors.ts";
import type { ByteReader } from "../../files/byte-reader.ts";
import { largestRatio } from "../../files/gunzip.ts";
import { inflate } from "../../files/inflate.ts";
import { allocate, bytesOf, type Dtype, dtypes, integerRange, type TypedArray } from "../../samples.ts";
import { warn } from "../../warnings.ts";
import type { ReadContext } from "../format.ts";
import { badHeader, truncated } from "../format-faults.ts";
import { decimalOf, quoted } from "../text-fields.ts";
import { mostSurplus, type SampleSink, type StoredImage } from "./stored-image.ts";

/** How the samples in a file are encoded. */
export type SampleEncoding = "raw" | "gzip" | "zlib" | "text" | "hex";

/**
 * What more bytes than the header announces mean: nothing (a format whose readers allow for them), a warning, or an
 * error, because a wrong size or skip in the header shifts all voxels.
 */
type Surplus = "pass" | "warn" | "refuse";

/** A range of a file that contains samples. */
export interface SamplePiece {
  readonly reader: ByteReader;
  /** Byte at which it starts; -1 if it is at the end of the file (plain bytes only). */
  readonly from: number;
  /** Size of its samples in bytes, unpacked. */
  readonly bytes: number;
  /** For plain bytes; compressed samples and text must be as many as announced. */
  readonly surplus: Surplus;
}

/**
 * Adds the samples of one piece to `sink`.
 *
 * @throws FormatError `VOXRX_TRUNCATED_FILE` for fewer samples than announced, `VOXRX_BAD_HEADER` for more
 */
export async function addPiece(
  sink: SampleSink,
  piece: SamplePiece,
  encoding: SampleEncoding,
  image: StoredImage,
  { signal }: ReadContext,
): Promise<void> {
  const { reader, bytes } = piece;
  const { path } = reader;
  const from = piece.from === -1 ? reader.limit - bytes : piece.from;
  if (from < 0) throw tooFew(bytes, `the file has only ${reader.limit} bytes`, path);
  await reader.pass(from - reader.position, () => {});
  // A file that contains only compressed samples is inflated by the reader.
  if (encoding === "raw") return addPlain(sink, piece, piece.surplus);
  if ((encoding === "gzip" || encoding === "zlib") && reader.isInflated && from === 0) {
    return addPlain(sink, piece, "refuse");
  }
  const most = mostStored(piece, encoding, image);
  const rest = await reader.take(Math.min(reader.limit - from, most + 1));
  // Inside of a gzip file there can be a thousand times as many bytes as the file has.
  if (reader.isInflated && rest.length > most) throw tooMany(bytes, path);
  if (bytes > mostBytes(rest.length, encoding, image.datatype.bytes))
    throw tooFew(bytes, "there are not so many", path);
  if (encoding === "text") sink.add(bytesOf(parseNumbers(rest, bytes, image, path)));
  else if (encoding === "hex") sink.add(parseHex(rest, bytes, path));
  else {
    let unpacked = 0;
    const { keeps, roomFor } = sink.expects(bytes);
    const expected = { bytes, keeps, room: () => roomFor(0) };
    for await (const chunk of inflate(rest, { packing: encoding, path, signal, expected })) {
      unpacked += chunk.length;
      if (unpacked > bytes) throw tooMany(bytes, path);
      sink.give(chunk);
    }
    if (unpacked < bytes) throw tooFew(bytes, `there are ${unpacked}`, path);
  }
}

async function addPlain(sink: SampleSink, { reader, bytes }: SamplePiece, surplus: Surplus): Promise<void> {
  const { path } = reader;
  await reader.expect(bytes, sink.expects(bytes));
  const passed = await reader.pass(bytes, (part) => (reader.isInflated ? sink.give(part) : sink.add(part)));
  if (passed < bytes) throw tooFew(bytes, `there are ${passed}`, path);
  // Looking for one byte more also makes the reader check the checksum of a compressed file.
  if (surplus !== "pass" && (await reader.pass(1, () => {})) > 0) {
    if (surplus === "refuse") throw tooMany(bytes, path);
    warn({ code: "VOXRX_SURPLUS_DATA", message: `${path}: ${surplusFault(bytes)}, and the rest is not read` });
  }
  await reader.drain(mostSurplus(bytes));
}

function surplusFault(bytes: number): string {
  return `the header announces ${bytes} bytes of samples, but there are more`;
}

function tooMany(bytes: number, path: string): FormatError {
  const remedy = "Correct the sizes in the header, or what it says to skip before the samples.";
  return badHeader(surplusFault(bytes), path, remedy);
}

function tooFew(bytes: number, fault: string, path: string): FormatError {
  return truncated(`the header announces ${bytes} bytes of samples, but ${fault}`, path);
}

/** Maximum number of sample bytes that `stored` bytes of a file can decode to. */
export function mostBytes(stored: number, encoding: SampleEncoding, bytesPerNumber: number): number {
  if (encoding === "raw") return stored;
  if (encoding === "hex") return Math.floor(stored / 2);
  // A number needs at least a digit and a space.
  if (encoding === "text") return Math.ceil(stored / 2) * bytesPerNumber;
  return stored * largestRatio;
}

/** Maximum size of the samples of a piece as they are stored, with padding; of any size where the file has them. */
function mostStored({ reader, bytes }: SamplePiece, encoding: SampleEncoding, { datatype }: StoredImage): number {
  if (!reader.isInflated) return reader.limit;
  const surplus = mostSurplus(0);
  if (encoding === "hex") return 4 * bytes + surplus;
  if (encoding === "text") return (bytes / datatype.bytes) * mostDigits + surplus;
  return bytes + Math.ceil(bytes / 64) + surplus;
}

/** Characters of a number and the blanks around it. */
const mostDigits = 64;

function parseNumbers(
  bytes: Uint8Array,
  wanted: number,
  { datatype, littleEndian }: StoredImage,
  path: string,
): TypedArray {
  const dtype: Dtype | undefined = dtypes.find((known) => known === datatype.number);
  if (!dtype || !littleEndian) throw badHeader(`samples of type ${datatype.name} are not supported as text`, path);
  const count = wanted / datatype.bytes;
  const words = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").matchAll(/\S+/g);
  const numbers = allocate(dtype, count);
  let filled = 0;
  for (const { 0: word, index } of words) {
    if (word === ",") continue;
    const value = sampleOf(word.replace(/,$/, ""), dtype);
    if (value === undefined) {
      const line = 1 + bytes.subarray(0, index).reduce((lines, byte) => lines + (byte === newline ? 1 : 0), 0);
      const fault = `${quoted(word)} in line ${line} of the samples is not a number of type ${dtype}`;
      throw badHeader(fault, path, "Write the samples as numbers with a decimal point, separated by spaces.");
    }
    if (filled === count) throw tooMany(wanted, path);
    numbers[filled++] = value;
  }
  if (filled < count) throw truncated(`the header announces ${count} numbers, but there are only ${filled}`, path);
  return numbers;
}

const newline = 10;

/** The number that a word of text samples is; undefined if it isn't one, or the type can't hold it. */
function sampleOf(word: string, dtype: Dtype): number | undefined {
  const range = integerRange(dtype);
  const value = decimalOf(word);
  if (range)
    return value !== undefined && Number.isInteger(value) && value >= range[0] && value <= range[1] ? value : undefined;
  const [, sign, special] = /^([+-]?)(nan|inf|infinity)$/i.exec(word) ?? [];
  if (special === undefined) return value;
  if (special.toLowerCase() === "nan") return Number.NaN;
  return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function parseHex(bytes: Uint8Array, wanted: number, path: string): Uint8Array {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").replace(/\s+/g, "");
  const { index } = /[^0-9a-f]/i.exec(digits) ?? {};
  if (index !== undefined)
    throw badHeader(`the samples are not hexadecimal digits, got ${quoted(digits[index] ?? "")}`, path);
  if (digits.length > 2 * wanted) throw tooMany(wanted, path);
  if (digits.length < 2 * wanted) throw tooFew(wanted, `there are ${digits.length / 2}`, path);
  return new Uint8Array(Buffer.from(digits, "hex"));
}
