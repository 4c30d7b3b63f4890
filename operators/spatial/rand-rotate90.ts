import { type RandomOptions, randomVolumeOperator } from "../../src/operator/volume-operator.ts";
import { countSchema } from "../../src/options.ts";
import { boxBeforeQuarterTurns, planeSchema, quarterTurned } from "./rotate90.ts";

/** Options of {@link randRotate90}. */
export interface RandRotate90Options extends RandomOptions {
  /** The most quarter turns: 1 to `maxK` are drawn evenly. Default 3. */
  readonly maxK?: number;
  /** The two axes to turn, from the first towards the second: 0 is x, -1 the last. Default `[0, 1]`. */
  readonly spatialAxes?: readonly [number, number];
}

/**
 * Turns images by 1 to `maxK` quarter turns with probability `prob`: {@link rotate90}, all fields of an item alike. A
 * view, with the affine corrected. Random: drawn are whether, and the turns (MONAI: `RandRotate90`).
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
  geometric: true,
  options: { maxK: countSchema.default(3), spatialAxes: planeSchema.default([0, 1]) },
  draw: (random, { maxK }) => ({ k: 1 + random.integer(maxK) }),
  apply: (volume, { k }, { spatialAxes }) => quarterTurned(volume, k, spatialAxes),
  region: (box, { params, options, input }) => boxBeforeQuarterTurns(box, params.k, options.spatialAxes, input.shape),
});
