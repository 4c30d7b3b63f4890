/** Decodes stored samples into a typed array, part by part as they are read from the file. */
import { FormatError, isVoxRxError } from "../../errors.ts";
import {
  extent,
  lookUp16,
  narrowFloat128,
  saturate,
  scale,
  scaleComplex,
  scaleToFloat32,
  swapBytes,
  widenInt64,
} from "../../kernels/convert-samples.ts";
import type { ResultMemory } from "../../memory/result-memory.ts";
import {
  allocate,
  allocateUnfilled,
  bytesOf,
  bytesPerSample,
  type Dtype,
  integerRange,
  isIntegerDtype,
  type TypedArray,
  viewAs,
} from "../../samples.ts";
import type { Datatype, StoredNumber } from "./datatypes.ts";

/** `stored * slope + inter`. */
export interface Scaling {
  readonly slope: number;
  readonly inter: number;
}

/** Describes the stored samples and the result. */
export interface DecodePlan {
  readonly datatype: Datatype;
  readonly littleEndian: boolean;
  /** Total number of numbers: voxels times frames times parts. */
  readonly count: number;
  readonly scaling: Scaling | undefined;
  readonly dtype: Dtype | "auto";
  /** Where the samples are put. Default: in memory of their own. */
  readonly memory?: ResultMemory | undefined;
  readonly path: string;
}

/** Accepts stored bytes in parts of any length. Memory for the samples is allocated with the first ones. */
export interface Decoder {
  /** Whether stored bytes that are given become the samples, in the memory that they are in. */
  readonly keeps: boolean;
  add(bytes: Uint8Array): void;
  /** Accepts all stored bytes in one part, together with their memory. */
  give(bytes: Uint8Array): void;
  /** Memory for all stored bytes with `before` bytes before them, from which giving them costs the least. */
  roomFor(before: number): Uint8Array;
  /** Returns the samples, after all bytes were added. */
  finish(): TypedArray;
}

/** Creates a decoder that copies samples if possible, and converts them otherwise. */
export function makeDecoder(plan: DecodePlan): Decoder {
  const { datatype, dtype } = plan;
  // Colors are not measurements: according to nifti1.h they are not scaled.
  const scaling = datatype.kind === "color" ? undefined : plan.scaling;
  const isWide = datatype.number === "int64" || datatype.number === "uint64";
  if (dtype === "auto" && isWide && !scaling) return narrowed(datatype, convert(plan, "float64", undefined));
  const target = dtype === "auto" ? automatic(datatype.number, scaling) : dtype;
  return target === datatype.number && !scaling ? copy(plan, target) : convert(plan, target, scaling);
}

function automatic(stored: StoredNumber, scaling: Scaling | undefined): Dtype {
  if (scaling || stored === "int64" || stored === "uint64" || stored === "float128") return "float32";
  return isIntegerDtype(stored) ? stored : "float32";
}

function copy({ datatype, littleEndian, count, path, memory: place }: DecodePlan, dtype: Dtype): Decoder {
  const mustSwap = !littleEndian && datatype.bytes > 1;
  let samples: TypedArray | undefined;
  let [filled, swapped] = [0, 0];
  const memory = () => (samples ??= reserve(dtype, count, path, place));
  const swap = () => {
    if (!mustSwap) return;
    const whole = filled - (filled % datatype.bytes);
    swapBytes(bytesOf(memory()).subarray(swapped, whole), datatype.bytes);
    swapped = whole;
  };
  const add = (bytes: Uint8Array) => {
    bytesOf(memory()).set(bytes, filled);
    filled += bytes.length;
    swap();
  };
  return {
    keeps: true,
    add,
    give(bytes) {
      if (bytes.byteOffset % datatype.bytes !== 0) return add(bytes);
      samples = viewAs(dtype, bytes.buffer, bytes.byteOffset, count);
      filled = bytes.length;
      swap();
    },
    roomFor: (before) => roomAfter(aligned(before) - before, before + count * datatype.bytes, path, place),
    finish: memory,
  };
}

/** The next multiple of the largest number's size. */
function aligned(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

/** Memory whose first bytes stay free; those are 0, because a part of them may be seen in the buffer of the samples. */
function roomAfter(free: number, bytes: number, path: string, place: ResultMemory | undefined) {
  const memory = located(path, () => place?.take(free + bytes) ?? allocateUnfilled(free + bytes));
  memory.fill(0, 0, free);
  return memory.subarray(free);
}

function convert(plan: DecodePlan, dtype: Dtype, scaling: Scaling | undefined): Decoder {
  const { datatype, littleEndian, count, path, memory: place } = plan;
  const align = wholeNumbers(datatype.bytes);
  const view = viewer(datatype.number, path);
  let output: { readonly samples: TypedArray; write(numbers: TypedArray, at: number): void } | undefined;
  const writingTo = (samples: TypedArray) => {
    const write = tableWriter(samples, scaling, datatype) ?? writerInto(samples, dtype, scaling, datatype);
    return { samples, write };
  };
  const outputInto = () => (output ??= writingTo(reserve(dtype, count, path, place)));
  let at = 0;
  const add = (bytes: Uint8Array) => {
    const whole = align(bytes);
    if (!littleEndian && datatype.bytes > 1) swapBytes(whole, datatype.bytes);
    const numbers = view(whole);
    outputInto().write(numbers, at);
    at += numbers.length;
  };
  return {
    keeps: false,
    add,
    give(bytes) {
      for (let from = 0; from < bytes.length; from += givenBlock) add(bytes.subarray(from, from + givenBlock));
    },
    roomFor(before) {
      const [stored, converted] = [count * datatype.bytes, count * bytesPerSample(dtype)];
      if (converted < stored || converted > mostInPlace) return roomAfter(0, before + stored, path, place);
      // Stored at the end of the samples, numbers are converted in place: each is read before its bytes are written.
      const start = converted - stored < before ? aligned(before) : 0;
      const memory = roomAfter(0, start + converted, path, place);
      memory.fill(0, 0, start);
      output = writingTo(viewAs(dtype, memory.buffer, start, count));
      return memory.subarray(memory.length - stored - before);
    },
    finish: () => outputInto().samples,
  };
}

/** Bytes converted at a time, small enough for the CPU's cache. A multiple of every number's size. */
const givenBlock = 2 ** 16;

/** Largest memory for a conversion in place: that of a Node buffer. */
const mostInPlace = 2 ** 31;

/** Number of doubles processed at a time: small enough to stay in the CPU's L1 cache. */
const blockLength = 2048;

/**
 * Returns a function that writes numbers into the samples: with the engine's conversion if that is enough, else via
 * doubles.
 */
function writerInto(samples: TypedArray, dtype: Dtype, scaling: Scaling | undefined, { kind }: Datatype) {
  const range = integerRange(dtype);
  if (!scaling && !range) return (numbers: TypedArray, at: number) => samples.set(numbers, at);
  const doubles = new Float64Array(blockLength);
  return (numbers: TypedArray, at: number): void => {
    for (let from = 0; from < numbers.length; from += blockLength) {
      const length = Math.min(blockLength, numbers.length - from);
      const block = length === blockLength ? doubles : doubles.subarray(0, length);
      block.set(numbers.subarray(from, from + length));
      if (scaling && kind !== "complex" && samples instanceof Float32Array) {
        scaleToFloat32(block, samples, at + from, scaling.slope, scaling.inter);
        continue;
      }
      if (scaling && kind === "complex") scaleComplex(block, scaling.slope, scaling.inter, (at + from) % 2);
      else if (scaling) scale(block, scaling.slope, scaling.inter);
      if (range) saturate(block, samples, at + from, ...range);
      else samples.set(block, at + from);
    }
  };
}
/**
 * Scales 16-bit integers with a table of all values, which takes half the time of computing each; undefined for
 * anything else.
 */
function tableWriter(samples: TypedArray, scaling: Scaling | undefined, datatype: Datatype) {
  const { number } = datatype;
  const is16Bit = number === "int16" || number === "uint16";
  const bits = 65536;
  if (!scaling || !is16Bit || !(samples instanceof Float32Array) || samples.length < 4 * bits) return undefined;
  const table = new Float32Array(bits);
  const all = Uint16Array.from({ length: bits }, (_, value) => value);
  writerInto(table, "float32", scaling, datatype)(viewAs(number, all.buffer), 0);
  return (numbers: TypedArray, at: number): void => {
    lookUp16(new Uint16Array(numbers.buffer, numbers.byteOffset, numbers.length), table, samples, at);
  };
}

/** Splits parts of any length and alignment into ones that contain complete, aligned numbers. */
function wholeNumbers(size: number): (bytes: Uint8Array) => Uint8Array {
  let rest = new Uint8Array(0);
  return (bytes) => {
    let whole = bytes;
    if (rest.length > 0 || bytes.byteOffset % size !== 0) {
      whole = new Uint8Array(rest.length + bytes.length);
      whole.set(rest);
      whole.set(bytes, rest.length);
    }
    const end = whole.length - (whole.length % size);
    rest = whole.slice(end);
    return whole.subarray(0, end);
  };
}

function viewer(stored: StoredNumber, path: string): (bytes: Uint8Array) => TypedArray {
  const words = (bytes: Uint8Array) => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  switch (stored) {
    case "int64":
    case "uint64":
      return (bytes) => {
        const doubles = new Float64Array(bytes.length / 8);
        widenInt64(words(bytes), doubles, stored === "int64");
        return doubles;
      };
    case "float128":
      return (bytes) => {
        refuseExtended(bytes, path);
        const doubles = new Float64Array(bytes.length / 16);
        narrowFloat128(words(bytes), doubles);
        return doubles;
      };
    default: {
      const size = bytesOfNumber(stored);
      return (bytes) => viewAs(stored, bytes.buffer, bytes.byteOffset, bytes.length / size);
    }
  }
}

function bytesOfNumber(dtype: Dtype): number {
  return allocate(dtype, 0).BYTES_PER_ELEMENT;
}

// The standard specifies IEEE 754 binary128. Programs on x86 may write 80-bit numbers, padded with zeros, with the same
// code: read as binary128 they would all be nearly 0, silently wrong.
function refuseExtended(bytes: Uint8Array, path: string): void {
  let isExtended = false;
  for (let at = 0; at < bytes.length; at += 16) {
    for (let byte = 10; byte < 16; byte++) if (bytes[at + byte] !== 0) return;
    isExtended ||= bytes[at + 8] !== 0 || bytes[at + 9] !== 0;
  }
  if (!isExtended) return;
  throw new FormatError(
    "VOXRX_UNSUPPORTED_DTYPE",
    "the samples are 80-bit x86 numbers, not the float128 of the standard",
    {
      file: path,
      remedy: "Convert the file to float64 on the machine that wrote it.",
    },
  );
}

function narrowed({ number }: Datatype, decoder: Decoder): Decoder {
  return {
    ...decoder,
    finish() {
      const doubles = decoder.finish();
      const narrow = number === "int64" ? "int32" : "uint32";
      const [low, high] = extent(doubles);
      const [least, most] = integerRange(narrow) ?? [0, 0];
      if (low < least || high > most) return doubles;
      const samples = allocate(narrow, doubles.length);
      samples.set(doubles);
      return samples;
    },
  };
}

/** Memory for samples, all of which must be written. @throws PipelineError `VOXRX_TOO_LARGE` */
export function reserve(dtype: Dtype, count: number, path: string, memory?: ResultMemory): TypedArray {
  const bytes = count * bytesPerSample(dtype);
  return located(path, () => (memory ? viewAs(dtype, memory.take(bytes).buffer, 0, count) : allocate(dtype, count)));
}

function located<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw isVoxRxError(error) ? error.locate({ file: path }) : error;
  }
}
