import * as v from "valibot";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { asFloat32 } from "../../src/volume/as-float32.ts";
import { isNearest } from "../../src/volume/resize-volume.ts";
import { randomVolumeOperator } from "../declare.ts";
import { alignsLinearModes } from "./shared/resize-mode.ts";
import { factorSchema, isGeometric, type ZoomingOptions, zoomed, zoomingFor, zoomingShape } from "./zoom.ts";

/** Options of {@link randZoom}. */
export interface RandZoomOptions extends ZoomingOptions, RandomOptions {
  /**
   * The minimum factor: one number for all axes, which then share the draw; in 3D two numbers, for x and y together and
   * for z; or one per axis. Default 0.9.
   */
  readonly minZoom?: number | readonly number[];
  /** The maximum factor, with as many numbers as `minZoom`. Default 1.1. */
  readonly maxZoom?: number | readonly number[];
}

/**
 * Zooms images at random: {@link zoom} with probability `prob`, the same for all fields of an item. The affine is
 * updated. Nearest modes keep the element type, others return float32, also for items that are not zoomed. Random:
 * draws whether to apply it, and as many factors as `minZoom` has numbers, each uniformly from `minZoom` to `maxZoom`
 * (MONAI: `RandZoom`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also when the number of factors does not match an image's axes
 * @throws PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples, `VOXRX_SHAPE_MISMATCH` when padding would mirror more
 *   voxels than the image has
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randZoom } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randZoom({ keys: ["image", "label"], prob: 0.3, maxZoom: 1.2, mode: ["trilinear", "nearest-exact"] }));
 * ```
 */
export const randZoom = randomVolumeOperator<RandZoomOptions>()({
  name: "randZoom",
  version: 2,
  retains: false,
  geometric: isGeometric,
  options: { minZoom: v.optional(factorSchema, 0.9), maxZoom: v.optional(factorSchema, 1.1), ...zoomingShape },
  rules: [
    alignsLinearModes,
    {
      test: ({ minZoom, maxZoom }) => [minZoom].flat().length === [maxZoom].flat().length,
      fault: "it must have as many factors as minZoom",
      option: "maxZoom",
    },
    {
      test: ({ minZoom, maxZoom }) => [minZoom].flat().every((least, n) => least <= ([maxZoom].flat()[n] ?? least)),
      fault: "it is larger than maxZoom",
      option: "minZoom",
    },
  ],
  draw: (random, { minZoom, maxZoom }) => ({
    zoom: [minZoom].flat().map((least, n) => random.uniform(least, [maxZoom].flat()[n])),
  }),
  apply: (volume, drawn, options, field) =>
    zoomed(volume, factorsPerAxis(drawn.zoom, volume.spatialShape.length), zoomingFor(options, field)),
  otherwise: (volume, options, field) => (isNearest(zoomingFor(options, field).mode) ? volume : asFloat32(volume)),
});

/** A factor for each axis: one number is for all axes; of two, the first is for x and y of a 3D image. */
function factorsPerAxis(drawn: readonly number[], rank: number): number | readonly number[] {
  const [first, second] = drawn;
  if (first !== undefined && drawn.length === 1) return first;
  if (first !== undefined && second !== undefined && drawn.length === 2 && rank === 3) return [first, first, second];
  return drawn;
}
