import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  type VolumeOrFields,
  volumeOf,
  volumeTransform,
} from "../../src/dataset/fields.ts";
import { PipelineError } from "../../src/errors.ts";
import { maskedValues } from "../../src/kernels/mask.ts";
import { checkOptions, fieldShape, keysSchema } from "../../src/options.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link maskIntensity}. */
export interface MaskIntensityOptions<K extends string, M extends string> extends FieldOptions<K> {
  /** Fields that are masked. */
  readonly keys: K | readonly K[];
  /** Field that holds the mask, of the same spatial shape, with one channel or as many as the image. */
  readonly maskKey: M;
  /** Values stay where the mask is above this. Default 0. */
  readonly threshold?: number;
}

/**
 * Sets values outside of a mask to 0. Shape and affine stay; the result is float32. Deterministic (MONAI: `MaskIntensityd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` for a mask of another shape, `VOXRX_MISSING_KEY`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { maskIntensity } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; brain: Volume }>;
 * scans.pipe(maskIntensity({ keys: "image", maskKey: "brain" }));
 * ```
 */
export function maskIntensity<
  K extends string,
  M extends string,
  T extends ItemOf<K> & ItemOf<M> = ItemOf<K> & ItemOf<M>,
>(options: MaskIntensityOptions<K, M>): VolumeOrFields<K, T> {
  const checked = checkOptions("maskIntensity", schema, options);
  const { maskKey, threshold } = checked;
  return volumeTransform<K, T>({
    name: "maskIntensity",
    version: 1,
    options: checked,
    fields: { ...options },
    all: (volumes, _context, item) => {
      const mask = volumeOf(item, maskKey);
      return volumes.map((volume) =>
        volume.withSamples({ data: maskedValues(volume, fitting(mask, volume), threshold) }),
      );
    },
  });
}

const schema = z.strictObject({
  ...fieldShape,
  keys: keysSchema,
  maskKey: z.string().min(1),
  threshold: z.number().default(0),
});

function fitting(mask: Volume, volume: Volume): Volume {
  const isSame = String(mask.spatialShape) === String(volume.spatialShape);
  if (isSame && (mask.channels === 1 || mask.channels === volume.channels)) return mask;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `a mask of shape [${mask.shape}] does not fit an image of shape [${volume.shape}]`,
    { remedy: "Bring both to one grid first; give the mask one channel, or as many as the image." },
  );
}
