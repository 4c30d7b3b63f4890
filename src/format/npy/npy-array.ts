/** NumPy arrays as they are read: what `.npy` files and the members of `.npz` archives hold. */

import { decodeFloat16 } from "../../cache/codec/float16.ts";
import { PipelineError } from "../../errors.ts";
import { type ByteReader, readerOver } from "../../files/byte-reader.ts";
import { bytesInMemory } from "../../files/byte-source.ts";
import { bytesOf, type Dtype, type TypedArray } from "../../samples.ts";
import { type Decoder, makeDecoder } from "../samples/sample-decoder.ts";
import { realDatatype, truncated } from "../samples/stored-image.ts";
import { type NpyHeader, npyHeaderBytes, parseNpyHeader } from "./npy-header.ts";

/** An array: numbers and their shape. */
export interface NpyArray {
  /** In the order of the file: the last axis is the fastest, or the first if `fortranOrder`. */
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** NumPy's word for the type on disk. */
  readonly storedAs: NpyHeader["number"];
}

/** How arrays are read. */
export interface NpyOptions {
  /** Type that the numbers shall have. Default `"auto"`: as `readVolume` has it. */
  readonly dtype?: Dtype | "auto";
  /** Whether a shape is taken at all: it throws if not, before any number is read. */
  readonly checkShape?: (shape: readonly number[]) => void;
}

/** As many bytes may follow an array's numbers in a compressed file, or as many as there are numbers. */
const longestSurplus = 16 * 2 ** 20;

/** The header of the array file that `reader` begins with. */
export async function readNpyHeader(reader: ByteReader): Promise<NpyHeader> {
  const { path } = reader;
  const first = await reader.take(12);
  const rest = await reader.take(npyHeaderBytes(first, path) - first.length);
  return parseNpyHeader(Buffer.concat([first, rest]), path);
}

/**
 * The array that `reader` holds, decoded as it comes: no more is read or kept than the header announces. 64-bit integers become 32-bit ones if
 * all fit, else float64; float16 becomes float32, bool uint8.
 *
 * @throws FormatError as `parseNpyHeader`, and `VOXRX_TRUNCATED_FILE`; PipelineError `VOXRX_TOO_LARGE`
 */
export async function readNpy(reader: ByteReader, { dtype = "auto", checkShape }: NpyOptions = {}): Promise<NpyArray> {
  const { path } = reader;
  const header = await readNpyHeader(reader);
  const { shape, fortranOrder, number: storedAs, offset } = header;
  checkShape?.(shape);
  const count = shape.reduce((product, size) => product * size, 1);
  const wanted = count * header.bytes;
  if (!Number.isSafeInteger(wanted)) {
    throw new PipelineError("VOXRX_TOO_LARGE", `an array of shape [${shape}] is too large`, { file: path });
  }
  const most = Math.max(0, reader.limit - offset);
  if (wanted > most) {
    throw truncated(`the header announces ${wanted} bytes of numbers, and at most ${most} are there`, path);
  }
  const decoder = decoderFor(header, count, dtype, path);
  const passed = await reader.pass(wanted, (bytes) => decoder.add(bytes));
  if (passed < wanted)
    throw truncated(`the header announces ${wanted} bytes of numbers, and ${passed} are there`, path);
  await reader.drain(Math.max(longestSurplus, wanted));
  return { data: decoder.finish(), shape, fortranOrder, storedAs };
}

/** {@link readNpy} of bytes in memory. */
export async function decodeNpy(
  bytes: Uint8Array,
  path: string,
  options: NpyOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<NpyArray> {
  const reader = await readerOver(bytesInMemory(bytes, path), { signal: options.signal });
  try {
    return await readNpy(reader, options);
  } finally {
    await reader.close();
  }
}

function decoderFor({ number, littleEndian }: NpyHeader, count: number, dtype: Dtype | "auto", path: string): Decoder {
  const plan = { littleEndian, count, scaling: undefined, dtype, path };
  if (number !== "float16")
    return makeDecoder({ ...plan, datatype: realDatatype(number === "bool" ? "uint8" : number) });
  return halvesThrough(makeDecoder({ ...plan, datatype: realDatatype("float32"), littleEndian: true }), littleEndian);
}

/** Takes 16-bit floats in parts of any length and hands them on as 32-bit ones, which hold them exactly. */
function halvesThrough(decoder: Decoder, littleEndian: boolean): Decoder {
  let rest = Buffer.alloc(0);
  return {
    add(bytes) {
      const all = Buffer.concat([rest, bytes]);
      const even = all.length - (all.length % 2);
      rest = all.subarray(even);
      const halves = new Uint16Array(even / 2);
      bytesOf(halves).set(all.subarray(0, even));
      if (!littleEndian) Buffer.from(halves.buffer).swap16();
      decoder.add(bytesOf(decodeFloat16(halves)));
    },
    finish: () => decoder.finish(),
  };
}
