import type { TypedArray } from "../samples.ts";
import { stridesFor } from "./strides.ts";
import { losses, type SampleBox, type SampleSource } from "./unread.ts";

/** Where a view lies in its memory. */
interface Lying {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Reads the box that a view of a source spans, and returns where the view lies in that. */
export function readView(
  source: SampleSource,
  { shape, strides, offset }: Lying,
): Lying & { readonly data: TypedArray } {
  const whole = stridesFor(source.shape, "z-fastest");
  const reaches = shape.map((n, axis) => Math.max(0, n - 1) * (strides[axis] ?? 0));
  const isEmpty = shape.includes(0);
  const low = reaches.reduce((at, reach) => at + Math.min(0, reach), offset);
  const high = reaches.reduce((at, reach) => at + Math.max(0, reach), offset);
  const start = placeOf(isEmpty ? 0 : low, whole);
  const end = isEmpty ? start : placeOf(high, whole).map((place) => place + 1);
  const box = stridesFor(
    start.map((from, axis) => (end[axis] ?? from) - from),
    "z-fastest",
  );
  // An axis of the view runs along the one of the source with the same stride; one of a single voxel does not matter.
  const within = strides.map((stride, axis) => {
    const along = whole.findIndex((step, n) => step === Math.abs(stride) && (source.shape[n] ?? 0) > 1);
    return (shape[axis] ?? 0) > 1 ? Math.sign(stride) * (box[along] ?? 0) : 0;
  });
  const first = within.reduce((at, stride, axis) => at - Math.min(0, stride * ((shape[axis] ?? 1) - 1)), 0);
  return { data: readBox(source, { start, end }), shape, strides: within, offset: first };
}

function readBox(source: SampleSource, box: SampleBox): TypedArray {
  try {
    return source.read(box);
  } catch (error) {
    losses.count++;
    throw error;
  }
}

/** The indices of a sample, from its place in row-major order. */
function placeOf(at: number, strides: readonly number[]): number[] {
  let rest = at;
  return strides.map((stride) => {
    const index = stride === 0 ? 0 : Math.floor(rest / stride);
    rest -= index * stride;
    return index;
  });
}
