import { z } from "zod";
import {
  type FieldOptions,
  type ItemOf,
  randomVolumeTransform,
  type VolumeOrFields,
} from "../../src/dataset/fields.ts";
import { fillAround, fillBoxes } from "../../src/kernels/coarse.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { Random } from "../../src/random/random.ts";
import { volumeExtent } from "../../src/volume/intensity.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { drawHoles, type Holes, type HolesOptions, holesShape, ownSamples, withHolesChecked } from "./rand-holes.ts";

/** Options of {@link randCoarseDropout}. */
export interface RandCoarseDropoutOptions<K extends string = never> extends FieldOptions<K>, HolesOptions {
  /** Fill the boxes; false: keep them and fill all around. Default true. */
  readonly dropoutHoles?: boolean;
  /** What is filled in: one number, or `[low, high]` to draw each value from. Default: from the image's least to greatest value. */
  readonly fillValue?: number | readonly [low: number, high: number];
}

/**
 * Fills boxes within images, or all around them, with probability `prob`. Boxes lie inside of the image, may overlap, and are the same
 * in all channels and fields of an item, which must agree in shape. Shape, affine and element type stay; values are converted as by
 * assignment to a typed array. Random: drawn are whether, how many boxes, their sizes and places evenly, and the seed of what is
 * filled in. MONAI takes the size of one box as the least size of the next; here each is drawn by itself (MONAI: `RandCoarseDropout`;
 * DeVries and Taylor 2017).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randCoarseDropout } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randCoarseDropout({ keys: "image", holes: 4, maxHoles: 8, spatialSize: 16, fillValue: 0, prob: 0.5 }));
 * ```
 */
export function randCoarseDropout<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RandCoarseDropoutOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("randCoarseDropout", schema, options);
  return randomVolumeTransform<Holes, K, T>({
    name: "randCoarseDropout",
    version: 1,
    options: checked,
    fields: { ...options },
    prob: checked.prob,
    draw: (random, volumes) => drawHoles(random, volumes, checked),
    apply: (volume, holes) => droppedOut(volume, holes, checked),
  });
}

const schema = withHolesChecked(
  z.strictObject({
    ...fieldShape,
    ...holesShape,
    dropoutHoles: z.boolean().default(true),
    fillValue: z
      .union([
        z.number(),
        z.tuple([z.number(), z.number()]).refine(([low, high]) => low <= high, "the lower end of a range comes first"),
      ])
      .optional(),
  }),
);

/** A volume with the boxes filled, or all around them; values drawn come from the seed. */
export function droppedOut(
  volume: Volume,
  { boxes, seed }: Holes,
  { dropoutHoles, fillValue }: Pick<z.output<typeof schema>, "dropoutHoles" | "fillValue">,
): Volume {
  const random = new Random(seed);
  const data = ownSamples(volume);
  const { min, max } = fillValue === undefined ? volumeExtent(volume) : { min: 0, max: 0 };
  const [low, high] = fillValue === undefined ? [min, max] : typeof fillValue === "number" ? [0, 0] : fillValue;
  const next = typeof fillValue === "number" ? () => fillValue : () => random.uniform(low, high);
  if (dropoutHoles) fillBoxes(data, volume.shape, boxes, next);
  else fillAround(data, volume.shape, boxes, next);
  return volume.withSamples({ data });
}
