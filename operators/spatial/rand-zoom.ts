import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import { asFloat32 } from "../../src/volume/resample.ts";
import { isNearest } from "../../src/volume/resize.ts";
import { alignableOnly, isAlignable, usesArea } from "./resize.ts";
import { factorSchema, type ZoomingOptions, zoomed, zoomingFor, zoomingShape } from "./zoom.ts";

/** Options of {@link randZoom}. */
export interface RandZoomOptions<K extends string = never> extends FieldOptions<K>, ZoomingOptions {
  /** Probability that an item is zoomed. Default 0.1. */
  readonly prob?: number;
  /**
   * The least factor: one number for all axes, which then share the draw; in 3D two, for x and y together and for z; or one per axis.
   * Default 0.9.
   */
  readonly minZoom?: number | readonly number[];
  /** The largest factor, of as many numbers as `minZoom`. Default 1.1. */
  readonly maxZoom?: number | readonly number[];
}

/**
 * Zooms images at random: {@link zoom} with probability `prob`, all fields of an item alike. The affine follows. Nearest modes keep the
 * element type, others give float32, for items that are not zoomed too. Random: drawn are whether, and as many factors as `minZoom` has
 * numbers, each evenly from `minZoom` to `maxZoom` (MONAI: `RandZoom`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a number of factors that does not fit an image's axes
 * @throws PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples, `VOXRX_SHAPE_MISMATCH` to mirror more than there is
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randZoom } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randZoom({ keys: ["image", "label"], prob: 0.3, maxZoom: 1.2, mode: ["trilinear", "nearest-exact"] }));
 * ```
 */
export function randZoom<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandZoomOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randZoom", schema, options);
  const { prob, minZoom, maxZoom } = checked;
  const [low, high] = [[minZoom].flat(), [maxZoom].flat()];
  return randomVolumeTransform<{ readonly zoom: readonly number[] }, K, T>({
    name: "randZoom",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: !usesArea(checked.mode) && ![checked.paddingMode].flat().includes("reflect"),
    prob,
    draw: (random) => ({ zoom: low.map((least, n) => random.uniform(least, high[n])) }),
    apply: (volume, drawn, field) =>
      zoomed(volume, spread(drawn.zoom, volume.spatialShape.length), zoomingFor(checked, field)),
    otherwise: (volume, field) => (isNearest(zoomingFor(checked, field).mode) ? volume : asFloat32(volume)),
  });
}

const schema = z
  .strictObject({
    ...fieldShape,
    prob: probabilitySchema.default(0.1),
    minZoom: factorSchema.default(0.9),
    maxZoom: factorSchema.default(1.1),
    ...zoomingShape,
  })
  .refine(isAlignable, alignableOnly)
  .refine(({ minZoom, maxZoom }) => [minZoom].flat().length === [maxZoom].flat().length, {
    path: ["maxZoom"],
    message: "it has another number of factors than minZoom",
  })
  .refine(({ minZoom, maxZoom }) => [minZoom].flat().every((least, n) => least <= ([maxZoom].flat()[n] ?? least)), {
    path: ["minZoom"],
    message: "the least factor is larger than the largest",
  });

/** A factor for each axis: one serves all; of two, the first serves x and y of a 3D image. */
function spread(drawn: readonly number[], rank: number): number | readonly number[] {
  const [first, second] = drawn;
  if (first !== undefined && drawn.length === 1) return first;
  if (first !== undefined && second !== undefined && drawn.length === 2 && rank === 3) return [first, first, second];
  return drawn;
}
