import * as v from "valibot";
import { countSchema } from "../../src/options.ts";
import { joinVolumes } from "../../src/volume/join-volumes.ts";
import { volumeOperator } from "../declare.ts";

/** Options of {@link repeatChannel}. */
export interface RepeatChannelOptions {
  /** Number of times that each channel occurs in the result. */
  readonly repeats: number;
}

/**
 * Repeats every channel: `[1, x, y, z]` becomes `[3, x, y, z]` for a network that expects color images; channels a, b
 * become a, a, b, b. The samples are new, of the same element type; the affine stays the same. Deterministic (MONAI:
 * `RepeatChannel`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_TOO_LARGE` for a result of more than 2^30 samples
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { repeatChannel } from "voxrx/operators";
 * declare const images: Dataset<Volume>;
 * images.pipe(repeatChannel({ repeats: 3 }));
 * ```
 */
export const repeatChannel = volumeOperator<RepeatChannelOptions>()({
  name: "repeatChannel",
  version: 1,
  retains: false,
  options: { repeats: v.pipe(countSchema, v.maxValue(65_536)) },
  // A view whose channel stride is 0 would be cheaper, but writing to one channel of it would write to all.
  each: (volume, { repeats }) => {
    const channels = Array.from({ length: volume.channels }, (_, n) => volume.selectChannels(n, n + 1));
    return joinVolumes(
      channels.flatMap((channel) => Array.from({ length: repeats }, () => channel)),
      0,
    );
  },
  aliases: false,
  region: (box) => box,
});
