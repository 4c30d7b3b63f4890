import * as v from "valibot";
import { FormatError } from "../../src/errors.ts";
import type { Displacement } from "../../src/kernels/gather-plan.ts";
import type { Padding } from "../../src/kernels/sampling.ts";
import { smoothNoise } from "../../src/kernels/smooth-noise.ts";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { numberSchema, roiSizeSchema } from "../../src/options.ts";
import { Random } from "../../src/random/random.ts";
import { type AffineParams, composedMap } from "../../src/volume/affine-params.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { displaced } from "../../src/volume/deform-volume.ts";
import { requestedSize } from "../../src/volume/requested-size.ts";
import type { Interpolation } from "../../src/volume/resample-options.ts";
import { checkDisplacementSize } from "../../src/volume/resample-options.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";
import { type AffineRanges, affineRangesShape, drawAffine } from "./shared/affine-ranges.ts";
import { modeSchema, paddingSchema, resamplingFor } from "./shared/resampling.ts";
import { fitToSize } from "./shared/transformed.ts";

/** Options of {@link rand3DElastic}. */
export interface Rand3DElasticOptions extends AffineRanges, RandomOptions {
  /** Standard deviation of the Gaussian that smooths the displacements, in voxels: `[low, high]`. */
  readonly sigmaRange: readonly [number, number];
  /** The factor for the smoothed displacements, in voxels: `[low, high]`. */
  readonly magnitudeRange: readonly [number, number];
  /**
   * Size of the result in voxels: one number for all axes, or one per axis; 0, -1 or null keeps the image's. Default:
   * the image's.
   */
  readonly spatialSize?: number | readonly (number | null)[];
  /** How to interpolate between voxels; one for all keys or one for each. Default `"bilinear"`. */
  readonly mode?: Interpolation | readonly Interpolation[];
  /** What is assumed outside the image; one for all keys or one for each. Default `"reflection"`. */
  readonly paddingMode?: Padding | readonly Padding[];
}

const fromZero = v.pipe(
  v.strictTuple([v.pipe(numberSchema, v.minValue(0)), v.pipe(numberSchema, v.minValue(0))]),
  v.check(([low, high]) => low <= high, "the lower end of a range comes first"),
);

/**
 * Deforms 3D images at random: every voxel takes its value from a position that is displaced by smooth noise, then
 * rotated, sheared, shifted and scaled as in {@link randAffine}. All fields of an item are deformed in the same way
 * with probability `prob`; items that are not chosen are cut or padded to `spatialSize` around their center (shifted by half
 * a voxel where the sizes differ by an odd number, as in MONAI). The affine
 * is that of the original image (cut to `spatialSize`), since no affine can describe the deformation. It cannot be
 * undone. Bilinear returns float32, nearest keeps the element type. The displacements take 12 bytes per voxel while an
 * item is processed. Random: draws whether to apply it, a seed for the noise (uniform in [-1, 1]), sigma, magnitude,
 * and an affine's parameters (MONAI: `Rand3DElastic`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for a 2D image; PipelineError
 *   `VOXRX_TOO_LARGE` beyond 2^30 samples or 2^28 displacements
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
  version: 3,
  retains: false,
  options: {
    ...affineRangesShape,
    sigmaRange: fromZero,
    magnitudeRange: fromZero,
    spatialSize: v.optional(roiSizeSchema),
    mode: v.optional(modeSchema, "bilinear"),
    paddingMode: v.optional(paddingSchema, "reflection"),
  },
  draw: (random, options): Deformation => ({
    seed: random.seed(),
    sigma: random.uniform(...options.sigmaRange),
    magnitude: random.uniform(...options.magnitudeRange),
    ...drawAffine(random, options),
  }),
  apply: (volume, deformation, options, field) => {
    const shape = sizeIn3D(volume, options.spatialSize);
    const resampling = resamplingFor(options, field);
    const result = displaced(
      volume,
      displacementOf(deformation, shape),
      composedMap(deformation, 3),
      shape,
      resampling,
    );
    const { mode, padding: paddingMode } = resampling;
    const params = { ...deformation, spatialSize: shape, mode, paddingMode, invertible: false };
    return withApplied(result, "rand3DElastic", volume, params);
  },
  otherwise: (volume, options, field) =>
    fitToSize(volume, sizeIn3D(volume, options.spatialSize), resamplingFor(options, field)),
});

/** The parameters that are drawn for an item. */
interface Deformation extends AffineParams {
  /** The 32-bit seed of the noise. */
  readonly seed: number;
  readonly sigma: number;
  readonly magnitude: number;
}

type Size3D = readonly [number, number, number];

function sizeIn3D(volume: Volume, spatialSize: number | readonly number[] | undefined): Size3D {
  const [x, y, z] = requestedSize(spatialSize, volume.spatialShape);
  if (x !== undefined && y !== undefined && z !== undefined) return [x, y, z];
  throw new FormatError(
    "VOXRX_BAD_VOLUME",
    `rand3DElastic needs an image with three spatial axes, got shape [${volume.shape}]`,
    {
      remedy: "Use it on 3D images only.",
    },
  );
}

/**
 * The most recent displacements of a draw, in a weak reference: the runtime keeps them until the item is done, and no
 * longer.
 */
const cached = new WeakMap<Deformation, { readonly shape: string; readonly displacement: WeakRef<Displacement> }>();

/** The displacements, computed once for consecutive fields of an item that have the same size. */
function displacementOf(deformation: Deformation, shape: Size3D): Displacement {
  const last = cached.get(deformation);
  const reused = last?.shape === String(shape) ? last.displacement.deref() : undefined;
  if (reused) return reused;
  checkDisplacementSize(shape);
  const displacement = smoothNoise(shape, deformation.sigma, deformation.magnitude, new Random(deformation.seed));
  cached.set(deformation, { shape: String(shape), displacement: new WeakRef(displacement) });
  return displacement;
}
