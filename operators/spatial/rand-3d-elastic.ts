import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { FormatError } from "../../src/errors.ts";
import { smoothNoise } from "../../src/kernels/deform.ts";
import type { Displacement } from "../../src/kernels/resample-affine.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { checkOptions, fieldShape, probabilitySchema } from "../../src/options.ts";
import { Random } from "../../src/random/random.ts";
import { type AffineParams, composedMap, sizeOrOwn } from "../../src/volume/affine-params.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { bent } from "../../src/volume/deform.ts";
import { checkField } from "../../src/volume/gather.ts";
import type { Interpolation } from "../../src/volume/resample.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { spatialSizeSchema } from "./affine.ts";
import { type AffineRanges, affineRangesShape, brought, drawAffine } from "./rand-affine.ts";
import { modeSchema, paddingSchema, resamplingFor } from "./rotate.ts";

/** Options of {@link rand3DElastic}. */
export interface Rand3DElasticOptions<K extends string = never> extends FieldOptions<K>, AffineRanges {
  /** Standard deviation of the Gaussian that smooths the displacements, in voxels: `[low, high]`. */
  readonly sigmaRange: readonly [number, number];
  /** What the smoothed displacements are multiplied by, in voxels: `[low, high]`. */
  readonly magnitudeRange: readonly [number, number];
  /** Probability that an item is bent. Default 0.1. */
  readonly prob?: number;
  /** Size of the result in voxels: one number for all axes, or one per axis; -1 keeps the image's. Default: the image's. */
  readonly spatialSize?: number | readonly number[];
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside of the image; one for all keys or one for each. Default `"reflection"`. */
  readonly paddingMode?: Padding | readonly Padding[];
}

/**
 * Bends 3D images at random: every voxel takes its value from a place moved by smooth noise, then turned, sheared, shifted and scaled
 * as in {@link randAffine}. All fields of an item are bent alike with probability `prob`; items that are not chosen are brought to
 * `spatialSize` around their middle. The affine is that of the image before (cut to `spatialSize`), since no affine describes the
 * bend, which cannot be undone. Bilinear gives float32, nearest keeps the element type. The displacements take 12 bytes a voxel while
 * an item is in work. Random: drawn are whether, a seed for the noise (even in [-1, 1]), sigma, magnitude, and an affine's parameters
 * (MONAI: `Rand3DElastic`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for a 2D image; PipelineError `VOXRX_TOO_LARGE` beyond 2^30
 * samples or 2^28 displacements
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { rand3DElastic } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * const keys = ["image", "label"] as const;
 * scans.pipe(rand3DElastic({ keys, sigmaRange: [5, 7], magnitudeRange: [50, 150], mode: ["bilinear", "nearest"] }));
 * ```
 */
export function rand3DElastic<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: Rand3DElasticOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("rand3DElastic", schema, options);
  const { sigmaRange, magnitudeRange, prob, spatialSize } = checked;
  const fieldOf = fieldsOnce();
  return randomVolumeTransform<Bend, K, T>({
    name: "rand3DElastic",
    version: 1,
    options: checked,
    fields: { ...options },
    prob,
    draw: (random) => ({
      seed: random.seed(),
      sigma: random.uniform(...sigmaRange),
      magnitude: random.uniform(...magnitudeRange),
      ...drawAffine(random, checked),
    }),
    apply: (volume, bend, field) => {
      const shape = sizeIn3D(volume, spatialSize);
      const resampling = resamplingFor(checked, field);
      const result = bent(volume, fieldOf(bend, shape), composedMap(bend, 3), shape, resampling);
      const { mode, padding: paddingMode } = resampling;
      const params = { ...bend, spatialSize: shape, mode, paddingMode, invertible: false };
      return withApplied(result, "rand3DElastic", volume, params);
    },
    otherwise: (volume, field) => {
      const shape = sizeIn3D(volume, spatialSize);
      return brought(volume, shape, resamplingFor(checked, field));
    },
  });
}

/** What is drawn for an item. */
interface Bend extends AffineParams {
  /** 32 bits that the noise is made of. */
  readonly seed: number;
  readonly sigma: number;
  readonly magnitude: number;
}

const fromZero = z
  .tuple([z.number().min(0), z.number().min(0)])
  .refine(([low, high]) => low <= high, "the lower end of a range comes first");

const schema = z.strictObject({
  ...fieldShape,
  ...affineRangesShape,
  sigmaRange: fromZero,
  magnitudeRange: fromZero,
  prob: probabilitySchema.default(0.1),
  spatialSize: spatialSizeSchema.optional(),
  mode: modeSchema,
  paddingMode: paddingSchema.default("reflection"),
});

type Size3D = readonly [number, number, number];

function sizeIn3D(volume: Volume, asked: number | readonly number[] | undefined): Size3D {
  const [x, y, z] = sizeOrOwn(asked, volume.spatialShape);
  if (x !== undefined && y !== undefined && z !== undefined) return [x, y, z];
  throw new FormatError("VOXRX_BAD_VOLUME", `an image of shape [${volume.shape}] has no three axes to bend`, {
    remedy: "Bend 3D images only.",
  });
}

/**
 * Makes fields of displacements, each once for all fields of an item that share a draw and a size. The last one is held weakly:
 * the runtime keeps it until the item is done, and no longer.
 */
function fieldsOnce(): (bend: Bend, shape: Size3D) => Displacement {
  let last: { readonly bend: Bend; readonly shape: string; readonly field: WeakRef<Displacement> } | undefined;
  return (bend, shape) => {
    const known = last?.bend === bend && last.shape === String(shape) ? last.field.deref() : undefined;
    if (known) return known;
    checkField(shape);
    const field = smoothNoise(shape, bend.sigma, bend.magnitude, new Random(bend.seed));
    last = { bend, shape: String(shape), field: new WeakRef(field) };
    return field;
  };
}
