import * as v from "valibot";
import { FormatError } from "../../src/errors.ts";
import { joinMask } from "../../src/kernels/relabel.ts";
import { labelChannels, maskOf } from "../../src/volume/label-channels.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { labelsSchema } from "./shared/label-schemas.ts";

/** Options of {@link labelToMask}. */
export interface LabelToMaskOptions {
  /** Values that are foreground; for a label with several channels, the channels that are. */
  readonly selectLabels: number | readonly number[];
  /** Join the selected channels into one. Default false. */
  readonly mergeChannels?: boolean;
}

/**
 * Turns labels into masks: 1 where the value is one of those selected, else 0. For a label with several channels, the
 * selected ones are kept, with 1 where they are not 0. The result is uint8; the affine stays. Deterministic (MONAI:
 * `LabelToMask`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_BAD_VOLUME` for a channel that a label does not have
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { labelToMask } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(labelToMask({ keys: "label", selectLabels: [2, 3] }));
 * ```
 */
export const labelToMask = volumeOperator<LabelToMaskOptions>()({
  name: "labelToMask",
  version: 1,
  retains: false,
  options: { selectLabels: labelsSchema, mergeChannels: v.optional(v.boolean(), false) },
  aliases: false,
  each: (volume, { selectLabels, mergeChannels }) => {
    const label = labelChannels(volume);
    const selected = new Set(selectLabels);
    const masks =
      volume.channels === 1
        ? [maskOf(label, 0, (value) => selected.has(value))]
        : selectLabels.map((channel) => maskOf(label, channelIn(volume, channel), (value) => value !== 0));
    const channels = mergeChannels ? 1 : masks.length;
    const data = new Uint8Array(channels * label.size);
    for (const [n, mask] of masks.entries()) {
      if (mergeChannels) joinMask(data, mask);
      else data.set(mask, n * label.size);
    }
    return volume.withSamples({ data, shape: [channels, ...volume.spatialShape], layout: "x-fastest" });
  },
  region: (box) => box,
});

function channelIn(volume: Volume, channel: number): number {
  if (channel >= 0 && channel < volume.channels) return channel;
  throw new FormatError(
    "VOXRX_BAD_VOLUME",
    `channel ${channel} does not exist in a label of ${volume.channels} channels`,
    { remedy: `Use a channel from 0 to ${volume.channels - 1}.` },
  );
}
