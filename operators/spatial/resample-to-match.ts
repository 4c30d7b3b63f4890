import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  type VolumeOrFields,
  volumeOf,
  volumeTransform,
} from "../../src/dataset/fields.ts";
import { PipelineError } from "../../src/errors.ts";
import { checkOptions, fieldShape, keysSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { resampleOnto } from "../../src/volume/onto-grid.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { resamplingFor } from "./rotate.ts";
import { type ResamplingOptions, resamplingShape } from "./spatial-resample.ts";

/** Options of {@link resampleToMatch}. */
export interface ResampleToMatchOptions<K extends string, D extends string> extends FieldOptions<K>, ResamplingOptions {
  /** Names of the fields to resample. */
  readonly keys: K | readonly K[];
  /** The field onto whose grid they are resampled. It is not changed. */
  readonly keyDst: D;
}

/**
 * Resamples fields of an item onto the grid of another of its fields, whose spatial shape and affine they get; what is seen keeps its
 * place in the world. They keep their own channels and metadata (MONAI: `ResampleToMatch`, which takes over the other's metadata).
 * Bilinear gives float32; nearest keeps the element type. A field that is on the grid already shares its samples. Deterministic.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_AFFINE`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for a 2D and a 3D image, `VOXRX_TOO_LARGE` beyond 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { resampleToMatch } from "voxrx/operators";
 * declare const scans: Dataset<{ t1: Volume; flair: Volume }>;
 * scans.pipe(resampleToMatch({ keys: "flair", keyDst: "t1" }));
 * ```
 */
export function resampleToMatch<
  K extends string,
  D extends string,
  T extends ItemOf<K> & ItemOf<D> = ItemOf<K> & ItemOf<D>,
>(options: ResampleToMatchOptions<K, D>): VolumeOrFields<K, T> {
  const checked = checkOptions("resampleToMatch", schema, options);
  return volumeTransform<K, T>({
    name: "resampleToMatch",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    all: (volumes, _context, item, places) => {
      const target = volumeOf(item, checked.keyDst);
      return volumes.map((volume, n) => matched(volume, target, checked, places[n] ?? n));
    },
  });
}

const schema = z.strictObject({
  ...fieldShape,
  keys: keysSchema,
  keyDst: z.string().min(1),
  ...resamplingShape,
});

function matched(volume: Volume, target: Volume, options: z.output<typeof schema>, field: number): Volume {
  const [own, shape] = [volume.spatialShape, target.spatialShape];
  if (own.length !== shape.length) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `an image of [${own}] has no place on the grid of one of [${shape}]`,
      {
        remedy: "Bring both to the same number of axes first.",
      },
    );
  }
  const resampling = resamplingFor(options, field);
  const { mode, padding: paddingMode, alignCorners } = resampling;
  const grid = { shape, affine: target.affine };
  const params = { dstAffine: Array.from(grid.affine), spatialSize: shape, mode, paddingMode, alignCorners };
  return withApplied(resampleOnto(volume, grid, resampling), "resampleToMatch", volume, params);
}
