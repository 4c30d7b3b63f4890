/** Maps values one by one and writes them in memory order. */
import { dtypeOf, type IntegerRange, integerRange, type TypedArray } from "../samples.ts";
import { blockLength, changeBlocks, eachBlock } from "./blocks.ts";
import { eachFloatBlockOf, fitFloats, floatsInBlock } from "./float-blocks.ts";
import { type IntegerKind, integersAt } from "./plain-table-loops.ts";
import { sampleKind } from "./rows.ts";
import { channelOrder, type Strided } from "./strided.ts";
import { valueLoops, valuesAt, workAt } from "./value-loops.ts";

/** Memory layout of the values that {@link mapValues} writes. */
export interface MappedLayout {
  readonly strides: readonly number[];
  readonly offset: number;
}

/**
 * Writes `change(value)` for every value of the image into `target`, without gaps, in the memory order of the image
 * (channels slowest). Returns the layout.
 *
 * @param refuse called with the first value that `target` can't hold, if it has an integer type
 */
export function mapValues(
  image: Strided,
  change: ((value: number) => number) | undefined,
  target: TypedArray,
  refuse: (value: number) => never,
): MappedLayout {
  const range = integerRange(dtypeOf(target));
  const changeAll = (values: Float64Array) => {
    if (change) for (let i = 0; i < values.length; i++) values[i] = change(values[i]!);
  };
  if (range) {
    return writeIntegers(image, target, (values, integers) => {
      changeAll(values);
      const stray = convertIntegers(values, integers, ...range);
      if (stray !== undefined) refuse(stray);
    });
  }
  const size = channelSize(image);
  for (let channel = 0; channel < image.shape[0]!; channel++) {
    changeBlocks(image.storage, channelOrder(image, channel).walk, changeAll, target, channel * size);
  }
  return mappedLayout(image);
}

/**
 * Like {@link mapValues}, with the integer part of every value, for a `target` of an integer type.
 *
 * @param refuse called with the first integer part that `target` can't hold
 */
export function truncateValues(image: Strided, target: TypedArray, refuse: (value: number) => never): MappedLayout {
  const [low, high] = integerRange(dtypeOf(target)) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [below, above] = [low - 1, high + 1];
  const kind = sampleKind(target);
  if (kind !== undefined && kind !== 4 && fitFloats(image.storage)) {
    truncateFloats(image, target, kind, [below, above], refuse);
    return mappedLayout(image);
  }
  return writeIntegers(image, target, (values, integers) => {
    const stray = truncate(values, integers, below, above);
    if (stray !== undefined) refuse(Math.trunc(stray));
  });
}

/** Floats to integers of up to 16 bits. */
function truncateFloats(
  image: Strided,
  target: TypedArray,
  kind: IntegerKind,
  [below, above]: readonly [number, number],
  refuse: (value: number) => never,
): void {
  const { memory } = valueLoops();
  const block = new Float32Array(memory, valuesAt, floatsInBlock);
  const integers = integersAt(memory, workAt, floatsInBlock, kind);
  let at = 0;
  eachFloatBlockOf(image, undefined, (loops, length, count) => {
    if (!loops.truncateTo(valuesAt, length, workAt, kind, below, above)) {
      const stray = block.subarray(0, count).find((value) => !(value > below && value < above));
      if (stray !== undefined) refuse(Math.trunc(stray));
    }
    target.set(count === integers.length ? integers : integers.subarray(0, count), at);
    at += count;
  });
}

/** Calls `refuse` with the first value that is not an integer within the range. */
export function checkValues(
  values: Float64Array | Int32Array,
  [low, high]: IntegerRange,
  refuse: (value: number) => never,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= low && value <= high && value === Math.trunc(value))) refuse(value);
  }
}

/** Converts values to integers; stops at the first that is not an integer within a range, and returns it. */
function convertIntegers(values: Float64Array, integers: Int32Array, low: number, high: number): number | undefined {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= low && value <= high && value === Math.trunc(value))) return value;
    integers[i] = value;
  }
  return undefined;
}

/** Cuts values to integers; stops at the first that is not between two others, and returns it. */
function truncate(values: Float64Array, integers: Int32Array, below: number, above: number): number | undefined {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value > below && value < above)) return value;
    integers[i] = value;
  }
  return undefined;
}

/**
 * Writes the integers that `convert` makes of each block of values, those of uint32 with their bits as int32: the engine
 * converts integers to other integers 15 times as fast as doubles.
 */
function writeIntegers(
  image: Strided,
  target: TypedArray,
  convert: (values: Float64Array, integers: Int32Array) => void,
): MappedLayout {
  const integers = new Int32Array(blockLength);
  const size = channelSize(image);
  for (let channel = 0; channel < image.shape[0]!; channel++) {
    let at = channel * size;
    eachBlock(image.storage, channelOrder(image, channel).walk, (values) => {
      convert(values, integers);
      target.set(values.length === blockLength ? integers : integers.subarray(0, values.length), at);
      at += values.length;
    });
  }
  return mappedLayout(image);
}

function channelSize({ shape }: Strided): number {
  return shape.slice(1).reduce((product, n) => product * n, 1);
}

function mappedLayout(image: Strided): MappedLayout {
  const { strides, offset } = channelOrder(image, 0);
  return { strides: [channelSize(image), ...strides], offset };
}
