/** Maps values one by one and writes them in memory order. */
import { dtypeOf, type IntegerRange, integerRange, type TypedArray } from "../samples.ts";
import { changeBlocks } from "./blocks.ts";
import { channelOrder, type Strided } from "./strided.ts";

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
  const size = image.shape.slice(1).reduce((product, n) => product * n, 1);
  for (let channel = 0; channel < image.shape[0]!; channel++) {
    const write = (values: Float64Array) => {
      if (change) for (let i = 0; i < values.length; i++) values[i] = change(values[i]!);
      if (range) checkValues(values, range, refuse);
    };
    changeBlocks(image.storage, channelOrder(image, channel).walk, write, target, channel * size);
  }
  const { strides, offset } = channelOrder(image, 0);
  return { strides: [size, ...strides], offset };
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
