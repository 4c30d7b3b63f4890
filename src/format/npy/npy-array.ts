/** Reads NumPy arrays: `.npy` files and the members of `.npz` archives. */

import { decodeFloat16 } from "../../cache/codec/float16.ts";
import { PipelineError } from "../../errors.ts";
import { type ByteReader, readerOver } from "../../files/byte-reader.ts";
import { bytesInMemory } from "../../files/byte-source.ts";
import { bytesOf, type Dtype, type TypedArray } from "../../samples.ts";
import { truncated } from "../format-faults.ts";
import { type Decoder, makeDecoder } from "../samples/sample-decoder.ts";
import { mostSurplus, realDatatype } from "../samples/stored-image.ts";
import { closing } from "../with-reader.ts";
import { type NpyHeader, npyHeaderBytes, parseNpyHeader } from "./npy-header.ts";

/** An array: numbers and their shape. */
export interface NpyArray {
  /** In the order of the file: the last axis is fastest, or the first if `fortranOrder`. */
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** Type of the numbers on disk. */
  readonly storedAs: NpyHeader["number"];
}

/** Options of {@link readNpy}. */
export interface NpyOptions {
  /** Type of the numbers. Default `"auto"`: as for `readVolume`. */
  readonly dtype?: Dtype | "auto";
  /** Validates the shape before any number is read: throws if it is not acceptable. */
  readonly checkShape?: (shape: readonly number[]) => void;
}

/** Reads the header of an array file. */
export async function readNpyHeader(reader: ByteReader): Promise<NpyHeader> {
  const { path } = reader;
  const first = await reader.take(12);
  const rest = await reader.take(npyHeaderBytes(first, path) - first.length);
  return parseNpyHeader(Buffer.concat([first, rest]), path);
}

/**
 * Reads an array and decodes it as bytes arrive. With dtype `"auto"`, 64-bit integers become 32-bit ones if all values
 * fit, else float64; float16 becomes float32 and bool uint8.
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
    throw new PipelineError("VOXRX_TOO_LARGE", `an array of shape [${shape}] is too large`, {
      file: path,
      remedy: "The header is damaged: save the array again with numpy.save.",
    });
  }
  const most = Math.max(0, reader.limit - offset);
  if (wanted > most) {
    throw truncated(`the header announces ${wanted} bytes of numbers, but there are at most ${most}`, path);
  }
  const decoder = decoderFor(header, count, dtype, path);
  const passed = await reader.pass(wanted, (bytes) => decoder.add(bytes));
  if (passed < wanted)
    throw truncated(`the header announces ${wanted} bytes of numbers, but there are only ${passed}`, path);
  await reader.drain(mostSurplus(wanted));
  return { data: decoder.finish(), shape, fortranOrder, storedAs };
}

/** {@link readNpy} of bytes in memory. */
export async function decodeNpy(
  bytes: Uint8Array,
  path: string,
  options: NpyOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<NpyArray> {
  return closing(await readerOver(bytesInMemory(bytes, path), options.signal), (reader) => readNpy(reader, options));
}

type Converter = Pick<Decoder, "add" | "finish">;

function decoderFor(
  { number, littleEndian }: NpyHeader,
  count: number,
  dtype: Dtype | "auto",
  path: string,
): Converter {
  const plan = { littleEndian, count, scaling: undefined, dtype, path };
  if (number !== "float16")
    return makeDecoder({ ...plan, datatype: realDatatype(number === "bool" ? "uint8" : number) });
  return withFloat16Input(
    makeDecoder({ ...plan, datatype: realDatatype("float32"), littleEndian: true }),
    littleEndian,
  );
}

/** Converts 16-bit floats, in parts of any length, to 32-bit ones, which represent them exactly. */
function withFloat16Input(decoder: Converter, littleEndian: boolean): Converter {
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
