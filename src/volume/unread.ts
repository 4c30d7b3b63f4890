/**
 * Samples that are still where they are kept. Volumes of them can be flipped, permuted and cropped; a view reads the box
 * that it spans when its samples are used for the first time.
 */
import { type Dtype, type TypedArray, viewAs } from "../samples.ts";

/** Where samples are kept, in row-major order. */
export interface SampleSource {
  /** `[channels, x, y, z]`, or `[channels, x, y]` for a 2D image. */
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** The samples of a box, row-major without gaps. @throws LostSamples if they are not there any more, or damaged */
  read(box: SampleBox): TypedArray;
}

/** A box, also along the axis of channels: from `start` up to, but not including, `end`. */
export interface SampleBox {
  readonly start: readonly number[];
  readonly end: readonly number[];
}

/**
 * How many readings failed in this process. A function that catches the error of one may go on with something else:
 * whoever runs it sees here that its result is wrong.
 */
export const losses = { count: 0 };

/** Samples that could be read when the item was looked up can't be read any more. Only the engine sees it. */
export class LostSamples extends Error {
  override readonly name = "LostSamples";
}

const sources = new WeakMap<object, SampleSource>();

/** The placeholder of samples that are not read yet, for the memory of a volume. */
export function unreadSamples(source: SampleSource): TypedArray {
  const placeholder = viewAs(source.dtype, new ArrayBuffer(0));
  sources.set(placeholder, source);
  return placeholder;
}

/** Where the samples of a placeholder are kept; undefined for samples that are there. */
export function sourceOf(samples: TypedArray): SampleSource | undefined {
  return samples.length === 0 ? sources.get(samples) : undefined;
}

/** The number of samples, whether or not they are read yet. */
export function lengthOf(samples: TypedArray): number {
  const source = sourceOf(samples);
  return source ? source.shape.reduce((product, n) => product * n, 1) : samples.length;
}
