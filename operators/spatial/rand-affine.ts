import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import type { Random } from "../../src/random/random.ts";
import { drawEach, rangeSchema, type UniformRange } from "../../src/random/ranges.ts";
import { type AffineParams, neutralParams, sizeOrOwn } from "../../src/volume/affine-params.ts";
import { asFloat32, type Interpolation, type ResampleOptions } from "../../src/volume/resample.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { spatialSizeSchema, transformed } from "./affine.ts";
import { modeSchema, paddingSchema, resamplingFor } from "./rotate.ts";

/** What parameters of an affine are drawn from. One {@link UniformRange} for each parameter; a bare number is for the first only. */
export interface AffineRanges {
  /** Angles around x, y and z, in radians; in 2D one. Default: none. */
  readonly rotateRange?: number | readonly UniformRange[];
  /** Shears: in 2D two, in 3D six, in the order of {@link affine}. Default: none. */
  readonly shearRange?: number | readonly UniformRange[];
  /** Shift along each axis, in voxels. Default: none. */
  readonly translateRange?: number | readonly UniformRange[];
  /** What is added to the factor 1 along each axis: `0.1` draws from 0.9 to 1.1. Above -1. Default: none. */
  readonly scaleRange?: number | readonly UniformRange[];
}

/** Options of {@link randAffine}. */
export interface RandAffineOptions<K extends string = never> extends FieldOptions<K>, AffineRanges {
  /** Probability that an item is transformed. Default 0.1. */
  readonly prob?: number;
  /** Size of the result in voxels: one number for all axes, or one per axis; -1 keeps the image's. Default: the image's. */
  readonly spatialSize?: number | readonly number[];
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside of the image; one for all keys or one for each. Default `"reflection"`. */
  readonly paddingMode?: Padding | readonly Padding[];
}

/**
 * Turns, shears, shifts and scales images at random: {@link affine} with probability `prob`, all fields of an item alike. Items that
 * are not chosen are brought to `spatialSize` around their middle. The affine follows. Bilinear gives float32 either way; nearest
 * keeps the element type. Random: drawn are whether, angles, shears, shifts in voxels and scales (MONAI: `RandAffine`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE` where shears bring axes together; PipelineError
 * `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randAffine } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(
 *   randAffine({
 *     keys: ["image", "label"],
 *     prob: 0.5,
 *     rotateRange: [0, 0, Math.PI / 15],
 *     scaleRange: [0.1, 0.1, 0.1],
 *     mode: ["bilinear", "nearest"],
 *   }),
 * );
 * ```
 */
export function randAffine<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandAffineOptions<K> = {},
): VolumeOrFields<K, T> {
  const checked = checkOptions("randAffine", schema, options);
  const { prob, spatialSize } = checked;
  return randomVolumeTransform<AffineParams, K, T>({
    name: "randAffine",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    prob,
    draw: (random) => drawAffine(random, checked),
    apply: (volume, params, field) => transformed(volume, params, spatialSize, resamplingFor(checked, field)),
    otherwise: (volume, field) => brought(volume, spatialSize, resamplingFor(checked, field)),
  });
}

const ranges = (longest: number) =>
  z
    .union([z.number().transform((reach) => [reach]), z.array(z.unknown())])
    .pipe(z.array(rangeSchema).max(longest))
    .default([]);

/** The schema of {@link AffineRanges}, to spread into that of a transform's options. */
export const affineRangesShape = {
  rotateRange: ranges(3),
  shearRange: ranges(6),
  translateRange: ranges(3),
  scaleRange: ranges(3).refine((each) => each.every(([low]) => low > -1), "a scale must stay above 0: ranges above -1"),
};

const schema = z.strictObject({
  ...fieldShape,
  ...affineRangesShape,
  prob: probabilitySchema.default(0.1),
  spatialSize: spatialSizeSchema.optional(),
  mode: modeSchema,
  paddingMode: paddingSchema.default("reflection"),
});

type Ranges = Readonly<Record<keyof AffineRanges, readonly (readonly [number, number])[]>>;

/** Draws the parameters of an affine. */
export function drawAffine(
  random: Random,
  { rotateRange, shearRange, translateRange, scaleRange }: Ranges,
): AffineParams {
  return {
    rotateParams: drawEach(random, rotateRange),
    shearParams: drawEach(random, shearRange),
    translateParams: drawEach(random, translateRange),
    scaleParams: drawEach(random, scaleRange).map((change) => 1 + change),
  };
}

/** The image brought to a size around its middle, noted on it if it changed. */
export function brought(
  volume: Volume,
  spatialSize: number | readonly number[] | undefined,
  options: ResampleOptions,
): Volume {
  const size = sizeOrOwn(spatialSize, volume.spatialShape);
  if (size.some((n, axis) => n !== volume.spatialShape[axis])) {
    return transformed(volume, neutralParams, size, options);
  }
  return options.mode === "nearest" ? volume : asFloat32(volume);
}
