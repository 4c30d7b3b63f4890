import * as v from "valibot";
import { fillAround, fillBoxes } from "../../src/kernels/coarse.ts";
import { numberSchema } from "../../src/options.ts";
import { Random } from "../../src/random/random.ts";
import { pairSchema } from "../../src/random/ranges.ts";
import { type Dtype, dtypeWith } from "../../src/samples.ts";
import { volumeExtent } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { randomVolumeOperator } from "../declare.ts";
import { drawHoles, type Holes, type HolesOptions, holesRules, holesShape } from "./shared/drawn-holes.ts";
import { ownSamples } from "./shared/own-samples.ts";

/** Options of {@link randCoarseDropout}. */
export interface RandCoarseDropoutOptions extends HolesOptions {
  /** Fill the boxes. False: keep the boxes and fill everything outside them. Default true. */
  readonly dropoutHoles?: boolean;
  /**
   * The value to fill with: one number, or `[low, high]` to draw each value from. Default: draw from the image's
   * minimum to its maximum.
   */
  readonly fillValue?: number | readonly [low: number, high: number];
}

/**
 * Fills boxes in images, or everything outside the boxes, with probability `prob`. Boxes are inside the image, can
 * overlap, and are the same in all channels and fields of an item; the fields must have the same shape. Shape and
 * affine stay. An integer type that can't hold `fillValue` (-1 in uint8, a fraction, a range) becomes float32, or
 * float64 where it has 32 bits. Random: draws whether to apply it, the number of boxes, their sizes and positions
 * uniformly, and the seed of the fill values. MONAI uses the size of one box as the minimum size of the next; here each
 * size is drawn independently (MONAI: `RandCoarseDropout`; DeVries and Taylor 2017).
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
  retains: false,
  options: {
    ...holesShape,
    dropoutHoles: v.optional(v.boolean(), true),
    fillValue: v.optional(v.union([numberSchema, pairSchema(numberSchema)])),
  },
  rules: holesRules,
  draw: drawHoles,
  apply: droppedOut,
});

/** Returns the image with the boxes filled, or everything outside them; random values come from the seed. */
export function droppedOut(
  volume: Volume,
  { boxes, seed }: Holes,
  { dropoutHoles = true, fillValue }: Pick<RandCoarseDropoutOptions, "dropoutHoles" | "fillValue">,
): Volume {
  const random = new Random(seed);
  const data = ownSamples(volume, dtypeFilled(volume.dtype, fillValue));
  const { min, max } = fillValue === undefined ? volumeExtent(volume) : { min: 0, max: 0 };
  const [low, high] = fillValue === undefined ? [min, max] : typeof fillValue === "number" ? [0, 0] : fillValue;
  const fill = typeof fillValue === "number" ? fillValue : () => random.uniform(low, high);
  if (dropoutHoles) fillBoxes(data, volume.shape, boxes, fill);
  else fillAround(data, volume.shape, boxes, fill);
  return volume.withSamples({ data, layout: "x-fastest" });
}

/**
 * The element type that can hold the fill values. Numbers drawn from a given range are fractions; those drawn from the
 * image's own range are truncated to its type.
 */
function dtypeFilled(dtype: Dtype, fillValue: RandCoarseDropoutOptions["fillValue"]): Dtype {
  if (fillValue === undefined) return dtype;
  if (typeof fillValue === "number") return dtypeWith(dtype, [fillValue]);
  const [low, high] = fillValue;
  return dtypeWith(dtype, low === high ? [low] : [low, high, 0.5]);
}
