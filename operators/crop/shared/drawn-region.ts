/** Regions at a drawn or central position, with a given or drawn size. */
import * as v from "valibot";
import type { Rule } from "../../../src/operator/option-types.ts";
import { roiSizeSchema } from "../../../src/options.ts";
import type { Random } from "../../../src/random/random.ts";
import { centerRegion, type Region } from "../../../src/volume/region.ts";
import { requestedSize } from "../../../src/volume/requested-size.ts";

/** Options of a drawn region. */
export interface DrawnRegionOptions {
  /**
   * Size in voxels: one number for all axes, or one per axis; 0, -1 or null keeps the whole axis. With `randomSize`:
   * the smallest size to draw.
   */
  readonly roiSize: number | readonly (number | null)[];
  /**
   * With `randomSize`: the largest size to draw, in the form of `roiSize`; 0, -1 or null is the image's size. Default:
   * the image's size.
   */
  readonly maxRoiSize?: number | readonly (number | null)[];
  /** Whether to draw the position of the region. Default true; false centers it. */
  readonly randomCenter?: boolean;
  /** Whether to draw the size on each axis. Default false: it is `roiSize`. */
  readonly randomSize?: boolean;
}

/** Checks of {@link DrawnRegionOptions}. */
export const drawnRegionShape = {
  roiSize: roiSizeSchema,
  maxRoiSize: v.optional(roiSizeSchema),
  randomCenter: v.optional(v.boolean(), true),
  randomSize: v.optional(v.boolean(), false),
};

/** {@link DrawnRegionOptions}, once checked. */
export interface DrawnRegion {
  readonly roiSize: number | readonly number[];
  readonly maxRoiSize?: number | readonly number[] | undefined;
  readonly randomCenter: boolean;
  readonly randomSize: boolean;
}

/** Rules between {@link DrawnRegionOptions}. */
export const drawnRegionRules: readonly Rule<DrawnRegion>[] = [
  {
    test: ({ maxRoiSize, randomSize }) => maxRoiSize === undefined || randomSize,
    fault: "maxRoiSize needs randomSize: true",
  },
  {
    test: ({ roiSize, maxRoiSize = -1 }) =>
      [0, 1, 2].every((axis) => {
        const [least, most] = [sizeOn(roiSize, axis), sizeOn(maxRoiSize, axis)];
        return most <= 0 || (least > 0 && least <= most);
      }),
    fault: "maxRoiSize must be at least roiSize",
  },
];

/** Draws a region inside an image: first its size, then its position, evenly. */
export function drawRegion(random: Pick<Random, "integer">, shape: readonly number[], options: DrawnRegion): Region {
  const least = requestedSize(options.roiSize, shape);
  const most = options.randomSize ? requestedSize(options.maxRoiSize ?? -1, shape) : least;
  // As in MONAI, a size beyond the image's is cut to it, so the image's own size is drawn more often.
  const size = shape.map((n, axis) => {
    const low = least[axis] ?? n;
    return Math.min(low + random.integer((most[axis] ?? low) - low + 1), n);
  });
  if (!options.randomCenter) return centerRegion(size, shape);
  const start = shape.map((n, axis) => random.integer(n - (size[axis] ?? n) + 1));
  return { start, end: start.map((from, axis) => from + (size[axis] ?? 0)) };
}

function sizeOn(size: number | readonly number[], axis: number): number {
  return typeof size === "number" ? size : (size[axis] ?? -1);
}
