import { z } from "zod";
import { FormatError } from "../../src/errors.ts";
import type { Displacement } from "../../src/kernels/resample-affine.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { smoothNoise } from "../../src/kernels/smooth-noise.ts";
import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { Random } from "../../src/random/random.ts";
import { type AffineParams, composedMap, sizeOrOwn } from "../../src/volume/affine-params.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { bent } from "../../src/volume/deform-volume.ts";
import { checkField } from "../../src/volume/gather.ts";
import type { Interpolation } from "../../src/volume/resample-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { type AffineRanges, affineRangesShape, drawAffine } from "./shared/affine-ranges.ts";
import { modeSchema, paddingSchema, resamplingFor, spatialSizeSchema } from "./shared/resampling.ts";
import { brought } from "./shared/transformed.ts";

/** Options of {@link rand3DElastic}. */
export interface Rand3DElasticOptions extends AffineRanges, RandomOptions {
  /** Standard deviation of the Gaussian that smooths the displacements, in voxels: `[low, high]`. */
  readonly sigmaRange: readonly [number, number];
  /** What the smoothed displacements are multiplied by, in voxels: `[low, high]`. */
  readonly magnitudeRange: readonly [number, number];
  /**
   * Size of the result in voxels: one number for all axes, or one per axis; -1 keeps the image's. Default: the image's.
   */
  readonly spatialSize?: number | readonly number[];
  /** How values between voxels are found; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside of the image; one for all keys or one for each. Default `"reflection"`. */
  readonly paddingMode?: Padding | readonly Padding[];
}

const fromZero = z
  .tuple([z.number().min(0), z.number().min(0)])
  .refine(([low, high]) => low <= high, "the lower end of a range comes first");

/**
 * Bends 3D images at random: every voxel takes its value from a place moved by smooth noise, then turned, sheared,
 * shifted and scaled as in {@link randAffine}. All fields of an item are bent alike with probability `prob`; items that
 * are not chosen are brought to `spatialSize` around their middle. The affine is that of the image before (cut to
 * `spatialSize`), since no affine describes the bend, which cannot be undone. Bilinear gives float32, nearest keeps the
 * element type. The displacements take 12 bytes a voxel while an item is in work. Random: drawn are whether, a seed for
 * the noise (even in [-1, 1]), sigma, magnitude, and an affine's parameters (MONAI: `Rand3DElastic`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for a 2D image; PipelineError
 * `VOXRX_TOO_LARGE` beyond 2^30 samples or 2^28 displacements
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { rand3DElastic } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * const keys = ["image", "label"] as const;
 * scans.pipe(rand3DElastic({ keys, sigmaRange: [5, 7], magnitudeRange: [50, 150], mode: ["bilinear", "nearest"] }));
 * ```
 */
export const rand3DElastic = randomVolumeOperator<Rand3DElasticOptions>()({
  name: "rand3DElastic",
  version: 1,
  options: {
    ...affineRangesShape,
    sigmaRange: fromZero,
    magnitudeRange: fromZero,
    spatialSize: spatialSizeSchema.optional(),
    mode: modeSchema.default("bilinear"),
    paddingMode: paddingSchema.default("reflection"),
  },
  draw: (random, options): Bend => ({
    seed: random.seed(),
    sigma: random.uniform(...options.sigmaRange),
    magnitude: random.uniform(...options.magnitudeRange),
    ...drawAffine(random, options),
  }),
  apply: (volume, bend, options, field) => {
    const shape = sizeIn3D(volume, options.spatialSize);
    const resampling = resamplingFor(options, field);
    const result = bent(volume, displacementOf(bend, shape), composedMap(bend, 3), shape, resampling);
    const { mode, padding: paddingMode } = resampling;
    const params = { ...bend, spatialSize: shape, mode, paddingMode, invertible: false };
    return withApplied(result, "rand3DElastic", volume, params);
  },
  otherwise: (volume, options, field) =>
    brought(volume, sizeIn3D(volume, options.spatialSize), resamplingFor(options, field)),
});

/** What is drawn for an item. */
interface Bend extends AffineParams {
  /** 32 bits that the noise is made of. */
  readonly seed: number;
  readonly sigma: number;
  readonly magnitude: number;
}

type Size3D = readonly [number, number, number];

function sizeIn3D(volume: Volume, asked: number | readonly number[] | undefined): Size3D {
  const [x, y, z] = sizeOrOwn(asked, volume.spatialShape);
  if (x !== undefined && y !== undefined && z !== undefined) return [x, y, z];
  throw new FormatError("VOXRX_BAD_VOLUME", `an image of shape [${volume.shape}] has no three axes to bend`, {
    remedy: "Bend 3D images only.",
  });
}

/** The last displacements of a draw. Held weakly: the runtime keeps them until the item is done, and no longer. */
const made = new WeakMap<Bend, { readonly shape: string; readonly displacement: WeakRef<Displacement> }>();

/** The displacements, made once for all fields of an item that follow each other in one size. */
function displacementOf(bend: Bend, shape: Size3D): Displacement {
  const last = made.get(bend);
  const known = last?.shape === String(shape) ? last.displacement.deref() : undefined;
  if (known) return known;
  checkField(shape);
  const displacement = smoothNoise(shape, bend.sigma, bend.magnitude, new Random(bend.seed));
  made.set(bend, { shape: String(shape), displacement: new WeakRef(displacement) });
  return displacement;
}
