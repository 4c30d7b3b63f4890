import { z } from "zod";
import { PipelineError } from "../../src/errors.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { withApplied } from "../../src/volume/applied.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { joinVolumes } from "./shared/join-volumes.ts";
import { withAxis } from "./shared/with-axis.ts";

/** Options of {@link ensureChannelFirst}. */
export interface EnsureChannelFirstOptions {
  /**
   * Axis of the file's array that holds the channels: 0 is the first (x), -1 the last; or `"no_channel"` to state that there is none.
   * Default: what the file says, which `load` went by.
   */
  readonly channelDim?: number | "no_channel";
  /** Whether an image that cannot be brought into that form is an error; else it passes as it is. Default true. */
  readonly strictCheck?: boolean;
}

/**
 * Makes sure that channels come first. Volumes always are `[channels, x, y, z]`: a 3D file is loaded as one channel, of a 4D file the
 * fourth axis is the channels. So this changes nothing, unless `channelDim` says that an axis taken for one of space holds
 * channels, as in a NIfTI of `x, y, colour`: `[1, x, y, 3]` becomes the 2D image `[3, x, y]`, with new samples of the same type, and
 * an affine that keeps the plane of the first channel. Deterministic (MONAI: `EnsureChannelFirst`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH`, if strict, for an image that has channels already, or too few axes to give one away
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
  options: {
    channelDim: z.union([z.int().min(-3).max(2), z.literal("no_channel")]).optional(),
    strictCheck: z.boolean().default(true),
  },
  each: (volume, { channelDim, strictCheck }) => {
    if (channelDim === undefined) return volume;
    const axis = axisOf(channelDim);
    const isFit = volume.channels === 1 && (axis === undefined || volume.shape.length === 4);
    if (isFit) return axis === undefined ? volume : channelsFrom(volume, axis);
    if (strictCheck) throw misfit(volume, channelDim);
    return volume;
  },
  region: (box, { options, input, output }) => {
    const axis = axisOf(options.channelDim);
    return axis === undefined || output.shape.length === input.shape.length ? box : withAxis(box, axis, input.shape);
  },
});

/** The axis of space that holds the channels, from 0, if there is one. */
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
    remedy: "Leave out channelDim where the channels are first already, or set strictCheck: false.",
  });
}
