import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import { drawEach, rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { asFloat32, type Interpolation } from "../../src/volume/resample.ts";
import { modeSchema, paddingSchema, resamplingFor, rotated } from "./rotate.ts";

/** Options of {@link randRotate}. */
export interface RandRotateOptions<K extends string = never> extends FieldOptions<K> {
  /** Angle around x, in radians; in 2D the only one. Default 0. */
  readonly rangeX?: UniformRange;
  /** Angle around y, in radians. Default 0. */
  readonly rangeY?: UniformRange;
  /** Angle around z, in radians. Default 0. */
  readonly rangeZ?: UniformRange;
  /** Probability that an item is turned. Default 0.1. */
  readonly prob?: number;
  /** Keep the image's size. Default true; false: the size follows the turned corners. */
  readonly keepSize?: boolean;
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside of the image; one for all keys or one for each. Default `"border"`. */
  readonly paddingMode?: Padding | readonly Padding[];
  /** As in {@link rotate}. Default false. */
  readonly alignCorners?: boolean;
}

/**
 * Turns images around their middle by random angles: {@link rotate} with probability `prob`, all fields of an item alike. The affine
 * follows. Bilinear gives float32, for items that are not turned too; nearest keeps the element type. Random: drawn are whether, and
 * three angles, of which 2D images take the first (MONAI: `RandRotate`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randRotate } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randRotate({ keys: ["image", "label"], rangeZ: 0.2, prob: 0.5, mode: ["bilinear", "nearest"] }));
 * ```
 */
export function randRotate<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandRotateOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randRotate", schema, options);
  const { rangeX, rangeY, rangeZ, prob, keepSize } = checked;
  return randomVolumeTransform<{ readonly angle: readonly number[] }, K, T>({
    name: "randRotate",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    prob,
    draw: (random) => ({ angle: drawEach(random, [rangeX, rangeY, rangeZ]) }),
    apply: (volume, { angle }, field) => {
      const angles = volume.spatialShape.length === 2 ? angle.slice(0, 1) : angle;
      return rotated(volume, angles, keepSize, resamplingFor(checked, field));
    },
    otherwise: (volume, field) => (resamplingFor(checked, field).mode === "nearest" ? volume : asFloat32(volume)),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  rangeX: rangeSchema.default([0, 0]),
  rangeY: rangeSchema.default([0, 0]),
  rangeZ: rangeSchema.default([0, 0]),
  prob: probabilitySchema.default(0.1),
  keepSize: z.boolean().default(true),
  mode: modeSchema,
  paddingMode: paddingSchema.default("border"),
  alignCorners: z.boolean().default(false),
});
