/** Boxes at random places of an image, as randCoarseDropout and randCoarseShuffle draw them. */
import type { z } from "zod";
import type { Rule } from "../../../src/operator/option-types.ts";
import type { RandomOptions } from "../../../src/operator/volume-operator.ts";
import { countSchema, roiSizeSchema } from "../../../src/options.ts";
import type { Random } from "../../../src/random/random.ts";
import { cropSize, type Region } from "../../../src/volume/region.ts";
import { commonShape } from "../../../src/volume/shape-of-all.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** Which boxes are drawn. */
export interface HolesOptions extends RandomOptions {
  /** Number of boxes; with `maxHoles` the least. */
  readonly holes: number;
  /**
   * Size of a box in voxels: one number for all axes, or one per axis; -1 or 0 is the image's; with `maxSpatialSize`
   * the least.
   */
  readonly spatialSize: number | readonly number[];
  /** The greatest number of boxes. Default: always `holes`. */
  readonly maxHoles?: number;
  /** The greatest size of a box, as `spatialSize`; each box has its own. Default: always `spatialSize`. */
  readonly maxSpatialSize?: number | readonly number[];
}

/** What was drawn. */
export interface Holes {
  readonly boxes: readonly Region[];
  /** An integer of 32 bits, for what happens within. */
  readonly seed: number;
}

/** The schemas of {@link HolesOptions}, but `prob`. */
export const holesShape = {
  holes: countSchema.max(100_000),
  spatialSize: roiSizeSchema,
  maxHoles: countSchema.max(100_000).optional(),
  maxSpatialSize: roiSizeSchema.optional(),
};

type CheckedHoles = z.output<z.ZodObject<typeof holesShape>>;

/** What must hold between the least and the greatest. */
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

/** Boxes inside of the image, their number, sizes and places drawn evenly. */
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
