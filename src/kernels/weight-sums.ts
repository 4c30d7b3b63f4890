/** Sums for drawing voxels in proportion to a map of weights. */
import { eachRow, type Strided } from "./strided.ts";

/** A box of a weight map, `[x, y, z]`. */
export interface WeightBox {
  readonly start: readonly number[];
  readonly end: readonly number[];
}

/**
 * Sums of the weights in each plane of constant x, for a box of the first channel. If a weight is negative, all weights
 * are raised so that the minimum is 0. NaN makes the total NaN.
 */
export function planeSums(map: Strided, box: WeightBox): { readonly sums: Float64Array; readonly raise: number } {
  const sums = new Float64Array(box.end[0]! - box.start[0]!);
  let least = 0;
  forBox(map, box, (_, value) => {
    if (value < least) least = value;
  });
  forBox(map, box, (x, value) => {
    sums[x]! += value - least;
  });
  return { sums, raise: -least };
}

/** The voxel at which the sum of the weights, z fastest, exceeds `target`. */
export function voxelAtWeight(
  map: Strided,
  box: WeightBox,
  { sums, raise }: { readonly sums: Float64Array; readonly raise: number },
  target: number,
): [x: number, y: number, z: number] {
  const [start, end] = [box.start, box.end];
  let [left, x] = [target, 0];
  while (x < sums.length - 1 && left >= sums[x]!) left -= sums[x++]!;
  const at = map.offset + (start[0]! + x) * map.strides[1]!;
  let last: [number, number, number] = [start[0]! + x, start[1]!, start[2] ?? 0];
  for (let y = start[1]!; y < end[1]!; y++) {
    for (let z = start[2] ?? 0; z < (end[2] ?? 1); z++) {
      const value = map.storage[at + y * map.strides[2]! + z * (map.strides[3] ?? 0)]! + raise;
      if (value > 0) last = [start[0]! + x, y, z];
      if (left < value) return last;
      left -= value;
    }
  }
  return last;
}

function forBox(map: Strided, box: WeightBox, visit: (x: number, value: number) => void): void {
  const [x0, x1] = [box.start[0]!, box.end[0]!];
  eachRow(map, ({ channel, y, z, from }) => {
    const isInside = y >= box.start[1]! && y < box.end[1]! && z >= (box.start[2] ?? 0) && z < (box.end[2] ?? 1);
    if (channel > 0 || !isInside) return;
    for (let x = x0; x < x1; x++) visit(x - x0, map.storage[from + x * map.strides[1]!]!);
  });
}
