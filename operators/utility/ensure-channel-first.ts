import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { integerSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { joinVolumes } from "../../src/volume/join-volumes.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { withAxis } from "./shared/with-axis.ts";

/** Options of {@link ensureChannelFirst}. */
export interface EnsureChannelFirstOptions {
  /**
   * Axis of the array in the file that holds the channels: 0 is the first (x), -1 the last; or `"no_channel"` if there
   * is none. Default: the channels that `load` found in the file.
   */
  readonly channelDim?: number | "no_channel";
  /** Whether an image that cannot be converted is an error; if not, it passes unchanged. Default true. */
  readonly strictCheck?: boolean;
}

/**
 * Makes sure that channels come first. Volumes are always `[channels, x, y, z]`: a 3D file is loaded as one channel,
 * and the fourth axis of a 4D file as channels. So this changes nothing, unless `channelDim` says that an axis that was
 * loaded as spatial holds channels, as in a NIfTI of `x, y, color`: `[1, x, y, 3]` becomes the 2D image `[3, x, y]`,
 * with new samples of the same type, and with the affine of the first channel's plane. Deterministic (MONAI:
 * `EnsureChannelFirst`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH`, with `strictCheck`, for an image that has several channels already, or
 * too few axes
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { ensureChannelFirst, load } from "voxrx/operators";
 * Dataset.from(["photograph.nii.gz"]).pipe(load(), ensureChannelFirst({ channelDim: -1 }));
 * ```
 */
export const ensureChannelFirst = volumeOperator<EnsureChannelFirstOptions>()({
  name: "ensureChannelFirst",
  version: 1,
  retains: false,
  options: {
    channelDim: v.optional(v.union([v.pipe(integerSchema, v.minValue(-3), v.maxValue(2)), v.literal("no_channel")])),
    strictCheck: v.optional(v.boolean(), true),
  },
  each: (volume, { channelDim, strictCheck }) => {
    if (channelDim === undefined) return volume;
    const axis = axisOf(channelDim);
    const fits = volume.channels === 1 && (axis === undefined || volume.shape.length === 4);
    if (fits) return axis === undefined ? volume : channelsFrom(volume, axis);
    if (strictCheck) throw misfit(volume, channelDim);
    return volume;
  },
  region: (box, { options, input, output }) => {
    const axis = axisOf(options.channelDim);
    return axis === undefined || output.shape.length === input.shape.length ? box : withAxis(box, axis, input.shape);
  },
});

/** The spatial axis that holds the channels, from 0, if there is one. */
function axisOf(channelDim: number | "no_channel" | undefined): number | undefined {
  if (typeof channelDim !== "number") return undefined;
  return channelDim < 0 ? channelDim + 3 : channelDim;
}

function channelsFrom(volume: Volume, axis: number): Volume {
  const count = volume.spatialShape[axis] ?? 0;
  const planes = Array.from({ length: count }, (_, n) => volume.slice(axis, n));
  return withApplied(joinVolumes(planes, 0), "ensureChannelFirst", volume, { channelDim: axis });
}

function misfit(volume: Volume, channelDim: number | "no_channel"): PipelineError {
  const fault = `channelDim ${channelDim} does not fit an image of shape [${volume.shape}]`;
  return new PipelineError("VOXRX_SHAPE_MISMATCH", fault, {
    remedy: "Leave out channelDim if the channels already come first, or set strictCheck: false.",
  });
}
