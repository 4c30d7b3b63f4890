import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { PipelineError } from "../../src/errors.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type AxisOrientation, orientationOf, parseAxcodes } from "../../src/volume/orientation.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link orientation}. */
export interface OrientationOptions<K extends string = never> extends FieldOptions<K> {
  /** Letters of the positive end of each axis wanted, such as `"RAS"` or `"LPS"`; of a 2D image the first two count. */
  readonly axcodes: string;
}

/**
 * Turns images so that their axes point where letters say: L/R, P/A, I/S, as nibabel and MONAI read them. Axes are reversed
 * first, then exchanged; `[C, x, y, z]` becomes a permutation of it. A view: no sample is copied, no voxel moves in the world, the
 * element type stays. An oblique image is turned to the nearest axes and stays oblique. Deterministic (MONAI: `Orientation`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for letters that name no orientation
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for an image whose axes cannot be turned that way: fewer letters than axes, or a
 * 2D image of another plane
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { orientation } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(orientation({ keys: ["image", "label"], axcodes: "RAS" }));
 * ```
 */
export function orientation<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: OrientationOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("orientation", schema, options);
  const wanted = parseAxcodes(checked.axcodes) ?? [];
  return volumeTransform<K, T>({
    name: "orientation",
    version: 1,
    options: checked,
    fields: { ...options },
    geometric: true,
    each: (volume) => withApplied(turned(volume, wanted, checked.axcodes), "orientation", volume, checked),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  axcodes: z
    .string()
    .min(2)
    .max(3)
    .refine((letters) => parseAxcodes(letters) !== undefined, "letters are one each of L or R, P or A, I or S"),
});

function turned(volume: Volume, wanted: readonly AxisOrientation[], axcodes: string): Volume {
  const rank = volume.spatialShape.length;
  const current = orientationOf(volume.affine, rank);
  const targets = wanted.slice(0, rank);
  const order = targets.map(({ axis }) => current.findIndex((now) => now.axis === axis));
  if (targets.length < rank || order.includes(-1)) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `an image of axes ${volume.axcodes} has no orientation ${axcodes}`,
      {
        remedy: `Name each of its ${rank} axes by one letter.`,
      },
    );
  }
  const reversed = order.filter((from, to) => current[from]?.sign !== targets[to]?.sign);
  return volume.flip(reversed).permute(order);
}
