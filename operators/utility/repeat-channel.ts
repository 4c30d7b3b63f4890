import { z } from "zod";
import { type FieldOptions, type ItemOf, type VolumeOrFields, volumeTransform } from "../../src/dataset/fields.ts";
import { checkOptions, countSchema, fieldShape } from "../../src/options.ts";
import { joinVolumes } from "./join.ts";

/** Options of {@link repeatChannel}. */
export interface RepeatChannelOptions<K extends string = never> extends FieldOptions<K> {
  /** How many times each channel is there in the result. */
  readonly repeats: number;
}

/**
 * Repeats every channel: `[1, x, y, z]` becomes `[3, x, y, z]` for a network that expects colours; channels a, b become a, a, b, b.
 * New samples of the same element type; the affine stays. Deterministic (MONAI: `RepeatChannel`).
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
export function repeatChannel<const K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: RepeatChannelOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("repeatChannel", schema, options);
  const { repeats } = checked;
  return volumeTransform<K, T>({
    name: "repeatChannel",
    version: 1,
    options: checked,
    fields: { ...options },
    // A view whose channel stride is 0 would be cheaper, but who writes to one channel of it would write to all.
    each: (volume) => {
      const channels = Array.from({ length: volume.channels }, (_, n) => volume.selectChannels(n, n + 1));
      return joinVolumes(
        channels.flatMap((channel) => new Array<typeof channel>(repeats).fill(channel)),
        0,
      );
    },
  });
}

const schema = z.strictObject({ ...fieldShape, repeats: countSchema.max(65_536) });
