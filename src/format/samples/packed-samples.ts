/** The bytes of samples as header formats pack them: plain, compressed, or as text. */

import type { ByteReader } from "../../files/byte-reader.ts";
import { largestRatio } from "../../files/gunzip.ts";
import { allocate, bytesOf, type Dtype, dtypes, type TypedArray } from "../../samples.ts";
import type { ReadContext } from "../format.ts";
import { badHeader, type SampleSink, type StoredImage, truncated } from "./stored-image.ts";
import { unpack } from "./unpack.ts";

/** How the samples of one file are packed. */
export type SampleEncoding = "raw" | "gzip" | "zlib" | "text" | "hex";

/** A stretch of a file that holds samples. */
export interface SamplePiece {
  readonly reader: ByteReader;
  /** Byte where the stretch begins; -1: where it must begin to end with the file. Plain bytes only. */
  readonly from: number;
  /** Bytes of samples in it, once unpacked. */
  readonly bytes: number;
}

/** Adds the samples of one piece to `sink`. */
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
  if (from < 0) throw truncated(`${bytes} bytes of samples are announced, and ${reader.limit} are there`, path);
  await reader.pass(from - reader.position, () => {});
  // A file of compressed samples alone was inflated when it was opened.
  if (encoding === "raw" || ((encoding === "gzip" || encoding === "zlib") && reader.isInflated && from === 0)) {
    await reader.pass(Math.min(bytes, sink.missing), (part) => sink.add(part));
    await reader.drain(Math.max(16 * 2 ** 20, bytes));
    return;
  }
  const rest = await reader.take(reader.limit - from);
  if (encoding === "text") sink.add(bytesOf(parseNumbers(rest, image, path)));
  else if (encoding === "hex") sink.add(parseHex(rest, path));
  else for await (const chunk of unpack(rest, encoding, { path, signal })) sink.add(chunk);
}

/** The most bytes of samples that `stored` bytes of a file can become. */
export function mostBytes(stored: number, encoding: SampleEncoding, bytesPerNumber: number): number {
  if (encoding === "raw") return stored;
  if (encoding === "hex") return Math.floor(stored / 2);
  // A number takes a digit and a space.
  if (encoding === "text") return Math.ceil(stored / 2) * bytesPerNumber;
  return stored * largestRatio;
}

function parseNumbers(bytes: Uint8Array, { axes, datatype, littleEndian }: StoredImage, path: string): TypedArray {
  const dtype: Dtype | undefined = dtypes.find((known) => known === datatype.number);
  if (!dtype || !littleEndian) throw badHeader(`samples of type ${datatype.name} cannot be read from text`, path);
  const count = axes.reduce((product, { size }) => product * size, 1);
  const words = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString("latin1")
    .matchAll(/[^\s,]+/g);
  const numbers = allocate(dtype, count);
  let filled = 0;
  for (const [word] of words) {
    if (filled === count) break;
    const value = /^[+-]?nan$/i.test(word) ? Number.NaN : Number(word.replace(/^([+-]?)inf(inity)?$/i, "$1Infinity"));
    if (Number.isNaN(value) && !/nan/i.test(word))
      throw badHeader(`${JSON.stringify(word.slice(0, 40))} is no number`, path);
    numbers[filled++] = value;
  }
  if (filled < count) throw truncated(`${count} numbers are announced, and ${filled} are there`, path);
  return numbers;
}

function parseHex(bytes: Uint8Array, path: string): Uint8Array {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").replace(/\s+/g, "");
  const parsed = Buffer.from(digits, "hex");
  if (parsed.length * 2 < digits.length - 1) throw badHeader("the samples are no hexadecimal digits", path);
  return new Uint8Array(parsed);
}
