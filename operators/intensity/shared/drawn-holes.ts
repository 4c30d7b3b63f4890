/** Boxes at random positions in an image, as randCoarseDropout and randCoarseShuffle draw them. */
import * as v from "valibot";
import type { Rule } from "../../../src/operator/option-types.ts";
import type { RandomOptions } from "../../../src/operator/volume-operator.ts";
import { countSchema, roiSizeSchema } from "../../../src/options.ts";
import type { Random } from "../../../src/random/random.ts";
import { cropSize, type Region } from "../../../src/volume/region.ts";
import { commonShape } from "../../../src/volume/shape-of-all.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** Options for the number and size of the boxes. */
export interface HolesOptions extends RandomOptions {
  /** Number of boxes; with `maxHoles`, the minimum. */
  readonly holes: number;
  /**
   * Size of a box in voxels: one number for all axes, or one per axis; 0, -1 or null is the image's size; with
   * `maxSpatialSize`, the minimum.
   */
  readonly spatialSize: number | readonly (number | null)[];
  /** The maximum number of boxes. Default: always `holes`. */
  readonly maxHoles?: number;
  /**
   * The maximum size of a box, in the form of `spatialSize`; each box gets its own size. Default: always `spatialSize`.
   */
  readonly maxSpatialSize?: number | readonly (number | null)[];
}

/** The boxes that were drawn. */
export interface Holes {
  readonly boxes: readonly Region[];
  /** A 32-bit integer, the seed of what happens in the boxes. */
  readonly seed: number;
}

/** The schemas of {@link HolesOptions}, without `prob`. */
export const holesShape = {
  holes: v.pipe(countSchema, v.maxValue(100_000)),
  spatialSize: roiSizeSchema,
  maxHoles: v.optional(v.pipe(countSchema, v.maxValue(100_000))),
  maxSpatialSize: v.optional(roiSizeSchema),
};

type CheckedHoles = v.InferOutput<v.StrictObjectSchema<typeof holesShape, undefined>>;

/** The maximum must not be below the minimum. */
export const holesRules: readonly Rule<CheckedHoles>[] = [
  { test: ({ holes, maxHoles = holes }) => holes <= maxHoles, fault: "maxHoles is smaller than holes" },
  {
    test: ({ spatialSize, maxSpatialSize = spatialSize }) =>
      [0, 1, 2].every((axis) => {
        const [least, most] = [sizeOn(spatialSize, axis), sizeOn(maxSpatialSize, axis)];
        return most <= 0 || (least > 0 && least <= most);
      }),
    fault: "maxSpatialSize is smaller than spatialSize",
  },
];

function sizeOn(size: number | readonly number[], axis: number): number {
  return typeof size === "number" ? size : (size[axis] ?? -1);
}

/** Draws boxes inside the image: their number, sizes and positions, all uniformly. */
export function drawHoles(random: Random, options: CheckedHoles, volumes: readonly Volume[]): Holes {
  const shape = commonShape(volumes);
  const least = cropSize(options.spatialSize, shape);
  const most = cropSize(options.maxSpatialSize ?? options.spatialSize, shape);
  const count = options.holes + random.integer((options.maxHoles ?? options.holes) - options.holes + 1);
  const boxes = Array.from({ length: count }, () => {
    const size = least.map((low, axis) => low + random.integer((most[axis] ?? low) - low + 1));
    const start = shape.map((n, axis) => random.integer(n - (size[axis] ?? n) + 1));
    return { start, end: start.map((from, axis) => from + (size[axis] ?? 0)) };
  });
  return { boxes, seed: random.seed() };
}
