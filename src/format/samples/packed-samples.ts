/** Unpacks samples from files: plain, compressed, or as text. */

import type { ByteReader } from "../../files/byte-reader.ts";
import { largestRatio } from "../../files/gunzip.ts";
import { allocate, bytesOf, type Dtype, dtypes, type TypedArray } from "../../samples.ts";
import type { ReadContext } from "../format.ts";
import { badHeader, truncated } from "../format-faults.ts";
import { mostSurplus, type SampleSink, type StoredImage } from "./stored-image.ts";
import { unpack } from "./unpack.ts";

/** How the samples in a file are encoded. */
export type SampleEncoding = "raw" | "gzip" | "zlib" | "text" | "hex";

/** A range of a file that contains samples. */
export interface SamplePiece {
  readonly reader: ByteReader;
  /** Byte at which it starts; -1 if it is at the end of the file (plain bytes only). */
  readonly from: number;
  /** Size of its samples in bytes, unpacked. */
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
  if (from < 0)
    throw truncated(
      `the header announces ${bytes} bytes of samples, but the file has only ${reader.limit} bytes`,
      path,
    );
  await reader.pass(from - reader.position, () => {});
  // A file that contains only compressed samples is inflated by the reader.
  if (encoding === "raw" || ((encoding === "gzip" || encoding === "zlib") && reader.isInflated && from === 0)) {
    await reader.pass(Math.min(bytes, sink.missing), (part) => sink.add(part));
    await reader.drain(mostSurplus(bytes));
    return;
  }
  const rest = await reader.take(reader.limit - from);
  if (encoding === "text") sink.add(bytesOf(parseNumbers(rest, image, path)));
  else if (encoding === "hex") sink.add(parseHex(rest, path));
  else for await (const chunk of unpack(rest, encoding, { path, signal })) sink.add(chunk);
}

/** Maximum number of sample bytes that `stored` bytes of a file can decode to. */
export function mostBytes(stored: number, encoding: SampleEncoding, bytesPerNumber: number): number {
  if (encoding === "raw") return stored;
  if (encoding === "hex") return Math.floor(stored / 2);
  // A number needs at least a digit and a space.
  if (encoding === "text") return Math.ceil(stored / 2) * bytesPerNumber;
  return stored * largestRatio;
}

function parseNumbers(bytes: Uint8Array, { axes, datatype, littleEndian }: StoredImage, path: string): TypedArray {
  const dtype: Dtype | undefined = dtypes.find((known) => known === datatype.number);
  if (!dtype || !littleEndian) throw badHeader(`samples of type ${datatype.name} are not supported as text`, path);
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
      throw badHeader(`${JSON.stringify(word.slice(0, 40))} is not a number`, path);
    numbers[filled++] = value;
  }
  if (filled < count) throw truncated(`the header announces ${count} numbers, but there are only ${filled}`, path);
  return numbers;
}

function parseHex(bytes: Uint8Array, path: string): Uint8Array {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").replace(/\s+/g, "");
  const parsed = Buffer.from(digits, "hex");
  if (parsed.length * 2 < digits.length - 1) throw badHeader("the samples are not hexadecimal digits", path);
  return new Uint8Array(parsed);
}
