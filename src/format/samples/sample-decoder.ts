/** Stored samples to a typed array, part by part as they come from the file. */
import { FormatError, PipelineError } from "../../errors.ts";
import {
  extent,
  lookUp16,
  narrowFloat128,
  saturate,
  scale,
  scaleComplex,
  scaleToFloat32,
  separateParts,
  swapBytes,
  widenInt64,
} from "../../kernels/convert-samples.ts";
import { allocate, bytesOf, type Dtype, isIntegerDtype, type TypedArray, viewAs } from "../../samples.ts";
import type { Scaling } from "../nifti/nifti-header.ts";
import type { Datatype, StoredNumber } from "./datatypes.ts";

/** What is to be decoded into what. */
export interface DecodePlan {
  readonly datatype: Datatype;
  readonly littleEndian: boolean;
  /** Numbers in all: voxels times frames times parts. */
  readonly count: number;
  readonly scaling: Scaling | undefined;
  readonly dtype: Dtype | "auto";
  readonly path: string;
}

/** Takes stored bytes in parts of any length. */
export interface Decoder {
  add(bytes: Uint8Array): void;
  /** The samples, once all bytes were added. */
  finish(): TypedArray;
}

const integerRange: Readonly<Partial<Record<Dtype, readonly [low: number, high: number]>>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
  uint32: [0, 4294967295],
  int32: [-2147483648, 2147483647],
};

/** A decoder that copies where nothing is to be computed, and converts otherwise. */
export function makeDecoder(plan: DecodePlan): Decoder {
  const { datatype, dtype } = plan;
  // Colours are no measurements: nifti1.h says that they are not scaled.
  const scaling = datatype.kind === "colour" ? undefined : plan.scaling;
  const isWide = datatype.number === "int64" || datatype.number === "uint64";
  if (dtype === "auto" && isWide && !scaling) return narrowed(datatype, convert(plan, "float64", undefined));
  const target = dtype === "auto" ? automatic(datatype.number, scaling) : dtype;
  return target === datatype.number && !scaling ? copy(plan, target) : convert(plan, target, scaling);
}

function automatic(stored: StoredNumber, scaling: Scaling | undefined): Dtype {
  if (scaling || stored === "int64" || stored === "uint64" || stored === "float128") return "float32";
  return isIntegerDtype(stored) ? stored : "float32";
}

function copy({ datatype, littleEndian, count, path }: DecodePlan, dtype: Dtype): Decoder {
  const samples = reserve(dtype, count, path);
  const target = bytesOf(samples);
  const mustSwap = !littleEndian && datatype.bytes > 1;
  let [filled, swapped] = [0, 0];
  return {
    add(bytes) {
      target.set(bytes, filled);
      filled += bytes.length;
      if (!mustSwap) return;
      const whole = filled - (filled % datatype.bytes);
      swapBytes(target.subarray(swapped, whole), datatype.bytes);
      swapped = whole;
    },
    finish: () => samples,
  };
}

function convert(plan: DecodePlan, dtype: Dtype, scaling: Scaling | undefined): Decoder {
  const { datatype, littleEndian, count, path } = plan;
  const samples = reserve(dtype, count, path);
  const write = tableWriter(samples, scaling, datatype) ?? writerInto(samples, dtype, scaling, datatype);
  const align = wholeNumbers(datatype.bytes);
  const view = viewer(datatype.number, path);
  let at = 0;
  return {
    add(bytes) {
      const aligned = align(bytes);
      if (!littleEndian && datatype.bytes > 1) swapBytes(aligned, datatype.bytes);
      const numbers = view(aligned);
      write(numbers, at);
      at += numbers.length;
    },
    finish: () => samples,
  };
}

/** So many doubles at a time: they stay in the processor's nearest cache. */
const blockLength = 2048;

/** Writes numbers into the samples: a plain conversion by the engine where it suffices, else over doubles. */
function writerInto(samples: TypedArray, dtype: Dtype, scaling: Scaling | undefined, { kind }: Datatype) {
  const range = integerRange[dtype];
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
/** Scales 16-bit integers by a table of all their values, which costs half of computing each; undefined for anything else. */
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

/** Cuts parts of any length and alignment into ones that hold whole, aligned numbers. */
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

// The standard means IEEE 754 binary128. Programs on x86 may have written their 80-bit numbers, padded with zeros, under the same
// code: as binary128 all of those would be nearly 0, and silently wrong.
function refuseExtended(bytes: Uint8Array, path: string): void {
  let isExtended = false;
  for (let at = 0; at < bytes.length; at += 16) {
    for (let byte = 10; byte < 16; byte++) if (bytes[at + byte] !== 0) return;
    isExtended ||= bytes[at + 8] !== 0 || bytes[at + 9] !== 0;
  }
  if (!isExtended) return;
  throw new FormatError(
    "VOXRX_UNSUPPORTED_DTYPE",
    "the samples are 80-bit numbers of x86, not the standard's float128",
    {
      file: path,
      remedy: "Convert the file to float64 on the machine that wrote it.",
    },
  );
}

function narrowed({ number }: Datatype, decoder: Decoder): Decoder {
  return {
    add: (bytes) => decoder.add(bytes),
    finish() {
      const doubles = decoder.finish();
      const narrow = number === "int64" ? "int32" : "uint32";
      const [low, high] = extent(doubles);
      const [least, most] = integerRange[narrow] ?? [0, 0];
      if (low < least || high > most) return doubles;
      const samples = allocate(narrow, doubles.length);
      samples.set(doubles);
      return samples;
    },
  };
}

/** Interleaved parts of several frames as planes, as one stride cannot serve both. */
export function toPlanes(samples: TypedArray, dtype: Dtype, voxels: number, parts: number, path: string): TypedArray {
  const planes = reserve(dtype, samples.length, path);
  separateParts(samples, planes, voxels, parts);
  return planes;
}

function reserve(dtype: Dtype, count: number, path: string): TypedArray {
  try {
    return allocate(dtype, count);
  } catch (cause) {
    throw new PipelineError("VOXRX_TOO_LARGE", `${count} samples of ${dtype} do not fit into memory`, {
      file: path,
      cause,
      remedy: "Give the process more memory, or read the file as a narrower dtype.",
    });
  }
}
