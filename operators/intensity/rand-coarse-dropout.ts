import { z } from "zod";
import { fillAround, fillBoxes } from "../../src/kernels/coarse.ts";
import { randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { Random } from "../../src/random/random.ts";
import { pairSchema } from "../../src/random/ranges.ts";
import { type Dtype, dtypeWith } from "../../src/samples.ts";
import { volumeExtent } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { drawHoles, type Holes, type HolesOptions, holesRules, holesShape } from "./shared/drawn-holes.ts";
import { ownSamples } from "./shared/own-samples.ts";

/** Options of {@link randCoarseDropout}. */
export interface RandCoarseDropoutOptions extends HolesOptions {
  /** Fill the boxes; false: keep them and fill all around. Default true. */
  readonly dropoutHoles?: boolean;
  /**
   * What is filled in: one number, or `[low, high]` to draw each value from. Default: from the image's least to
   * greatest value.
   */
  readonly fillValue?: number | readonly [low: number, high: number];
}

/**
 * Fills boxes within images, or all around them, with probability `prob`. Boxes lie inside of the image, may overlap,
 * and are the same in all channels and fields of an item, which must agree in shape. Shape and affine stay. An integer
 * type that can't hold `fillValue` (-1 in uint8, a fraction, a range) becomes float32, or float64 where it has 32 bits.
 * Random: drawn are whether, how many boxes, their sizes and places evenly, and the seed of what is filled in. MONAI
 * takes the size of one box as the least size of the next; here each is drawn by itself (MONAI: `RandCoarseDropout`;
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
export const randCoarseDropout = randomVolumeOperator<RandCoarseDropoutOptions>()({
  name: "randCoarseDropout",
  version: 2,
  options: {
    ...holesShape,
    dropoutHoles: z.boolean().default(true),
    fillValue: z.union([z.number(), pairSchema(z.number())]).optional(),
  },
  rules: holesRules,
  draw: drawHoles,
  apply: droppedOut,
});

/** The image with the boxes filled, or all around them; values drawn come from the seed. */
export function droppedOut(
  volume: Volume,
  { boxes, seed }: Holes,
  { dropoutHoles = true, fillValue }: Pick<RandCoarseDropoutOptions, "dropoutHoles" | "fillValue">,
): Volume {
  const random = new Random(seed);
  const data = ownSamples(volume, dtypeFilled(volume.dtype, fillValue));
  const { min, max } = fillValue === undefined ? volumeExtent(volume) : { min: 0, max: 0 };
  const [low, high] = fillValue === undefined ? [min, max] : typeof fillValue === "number" ? [0, 0] : fillValue;
  const next = typeof fillValue === "number" ? () => fillValue : () => random.uniform(low, high);
  if (dropoutHoles) fillBoxes(data, volume.shape, boxes, next);
  else fillAround(data, volume.shape, boxes, next);
  return volume.withSamples({ data, layout: "x-fastest" });
}

/**
 * The type that holds what is filled in. Numbers drawn from a range are fractions; those from the image's own values
 * are cut to its type.
 */
function dtypeFilled(dtype: Dtype, fillValue: RandCoarseDropoutOptions["fillValue"]): Dtype {
  if (fillValue === undefined) return dtype;
  if (typeof fillValue === "number") return dtypeWith(dtype, [fillValue]);
  const [low, high] = fillValue;
  return dtypeWith(dtype, low === high ? [low] : [low, high, 0.5]);
}
