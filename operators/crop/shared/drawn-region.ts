/** Regions of a size that is given or drawn, in a place that is drawn. */
import { z } from "zod";
import type { Rule } from "../../../src/operator/option-types.ts";
import { roiSizeSchema } from "../../../src/options.ts";
import type { Random } from "../../../src/random/random.ts";
import { centreRegion, type Region } from "../../../src/volume/region.ts";

/** What a region is drawn by. */
export interface DrawnRegionOptions {
  /**
   * Size in voxels: one number for all axes, or one per axis; -1 keeps an axis whole. With `randomSize` the smallest
   * that is drawn.
   */
  readonly roiSize: number | readonly number[];
  /**
   * With `randomSize` the largest size that is drawn, as `roiSize`; -1 is the image's size. Default: the image's size.
   */
  readonly maxRoiSize?: number | readonly number[];
  /** Draw where the region lies. Default true; false: in the middle. */
  readonly randomCenter?: boolean;
  /** Draw the size on each axis. Default false: it is `roiSize`. */
  readonly randomSize?: boolean;
}

/** Checks of {@link DrawnRegionOptions}. */
export const drawnRegionShape = {
  roiSize: roiSizeSchema,
  maxRoiSize: roiSizeSchema.optional(),
  randomCenter: z.boolean().default(true),
  randomSize: z.boolean().default(false),
};

/** {@link DrawnRegionOptions}, once checked. */
export interface DrawnRegion {
  readonly roiSize: number | readonly number[];
  readonly maxRoiSize?: number | readonly number[] | undefined;
  readonly randomCenter: boolean;
  readonly randomSize: boolean;
}

/** What must hold between {@link DrawnRegionOptions}. */
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
    fault: "maxRoiSize is smaller than roiSize",
  },
];

/** Draws a region that lies inside of an image: its size first, then, evenly, its place. */
export function drawRegion(random: Pick<Random, "integer">, shape: readonly number[], options: DrawnRegion): Region {
  const least = askedSize(options.roiSize, shape);
  const most = options.randomSize ? askedSize(options.maxRoiSize ?? -1, shape) : least;
  // As MONAI: what is drawn beyond the image is cut to it, so that its own size comes up more often.
  const size = shape.map((n, axis) => {
    const low = least[axis] ?? n;
    return Math.min(low + random.integer((most[axis] ?? low) - low + 1), n);
  });
  if (!options.randomCenter) return centreRegion(size, shape);
  const start = shape.map((n, axis) => random.integer(n - (size[axis] ?? n) + 1));
  return { start, end: start.map((from, axis) => from + (size[axis] ?? 0)) };
}

function sizeOn(size: number | readonly number[], axis: number): number {
  return typeof size === "number" ? size : (size[axis] ?? -1);
}

function askedSize(asked: number | readonly number[], shape: readonly number[]): number[] {
  return shape.map((n, axis) => {
    const size = sizeOn(asked, axis);
    return size > 0 ? size : n;
  });
}
