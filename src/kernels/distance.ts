/** Exact Euclidean distances (Felzenszwalb and Huttenlocher 2012, "Distance Transforms of Sampled Functions"). */
import type { BoxShape } from "./components.ts";

/**
 * The distance of every voxel that is not 0 to the nearest one that is; 0 for those. Where the image has no voxel of 0, all are infinite.
 *
 * @param spacing distance of neighbours along each axis
 */
export function distanceTransform(mask: Uint8Array, shape: BoxShape, spacing: readonly number[]): Float32Array {
  const squared = Float64Array.from(mask, (value) => (value === 0 ? 0 : Number.POSITIVE_INFINITY));
  const longest = Math.max(...shape);
  const line = new Float64Array(longest);
  const envelope = { places: new Int32Array(longest), ends: new Float64Array(longest + 1) };
  let step = 1;
  for (const [axis, n] of shape.entries()) {
    if (n > 1) {
      const unit = (spacing[axis] ?? 1) ** 2;
      for (let at = 0; at < squared.length; at++) {
        if (Math.floor(at / step) % n === 0) alongLine(squared, at, step, n, unit, line, envelope);
      }
    }
    step *= n;
  }
  return Float32Array.from(squared, Math.sqrt);
}

interface Envelope {
  readonly places: Int32Array;
  readonly ends: Float64Array;
}

/** The lower envelope of parabolas, one rooted at every sample of the line. */
function alongLine(
  values: Float64Array,
  at: number,
  step: number,
  n: number,
  unit: number,
  line: Float64Array,
  { places, ends }: Envelope,
): void {
  let last = -1;
  for (let i = 0; i < n; i++) {
    const height = values[at + i * step]!;
    line[i] = height;
    if (height === Number.POSITIVE_INFINITY) continue;
    let meets = Number.NEGATIVE_INFINITY;
    while (last >= 0) {
      const other = places[last]!;
      meets = ((height - line[other]!) / unit + i * i - other * other) / (2 * (i - other));
      if (meets > ends[last]!) break;
      last--;
    }
    last++;
    places[last] = i;
    ends[last] = last === 0 ? Number.NEGATIVE_INFINITY : meets;
  }
  if (last < 0) return;
  ends[last + 1] = Number.POSITIVE_INFINITY;
  for (let i = 0, k = 0; i < n; i++) {
    while (ends[k + 1]! < i) k++;
    const away = i - places[k]!;
    values[at + i * step] = away * away * unit + line[places[k]!]!;
  }
}
