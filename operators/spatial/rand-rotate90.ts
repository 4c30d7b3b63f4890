import * as v from "valibot";
import type { RandomOptions } from "../../src/operator/volume-operator.ts";
import { countSchema } from "../../src/options.ts";
import { randomVolumeOperator } from "../declare.ts";
import { boxBeforeQuarterTurns, planeSchema, quarterTurned } from "./rotate90.ts";

/** Options of {@link randRotate90}. */
export interface RandRotate90Options extends RandomOptions {
  /** The maximum number of quarter turns: 1 to `maxK`, drawn uniformly. Default 3. */
  readonly maxK?: number;
  /**
   * The two axes of the plane; the turn goes from the first towards the second: 0 is x, -1 the last. Default `[0, 1]`.
   */
  readonly spatialAxes?: readonly [number, number];
}

/**
 * Turns images by 1 to `maxK` quarter turns with probability `prob`: {@link rotate90}, the same for all fields of an
 * item. A view, with the affine corrected. Random: draws whether to apply it, and the number of turns (MONAI:
 * `RandRotate90`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for an axis that an image does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randRotate90 } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(randRotate90({ keys: ["image", "label"], prob: 0.5, spatialAxes: [0, 1] }));
 * ```
 */
export const randRotate90 = randomVolumeOperator<RandRotate90Options>()({
  name: "randRotate90",
  version: 1,
  retains: false,
  aliases: "always",
  geometric: true,
  options: { maxK: v.optional(countSchema, 3), spatialAxes: v.optional(planeSchema, [0, 1]) },
  draw: (random, { maxK }) => ({ k: 1 + random.integer(maxK) }),
  apply: (volume, { k }, { spatialAxes }) => quarterTurned(volume, k, spatialAxes),
  region: (box, { params, options, input }) => boxBeforeQuarterTurns(box, params.k, options.spatialAxes, input.shape),
});
