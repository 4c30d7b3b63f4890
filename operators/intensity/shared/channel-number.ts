import { PipelineError } from "../../../src/errors.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/**
 * The number for a channel: the one number for all channels, or the channel's entry in a list.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when the list's length is not the number of channels
 */
export function channelNumber(given: number | readonly number[], { channels }: Volume, channel: number): number {
  if (typeof given === "number") return given;
  const own = given[channel];
  if (own !== undefined && given.length === channels) return own;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `expected one number for each of the ${channels} channels of an image, got ${given.length}`,
    { remedy: "Give one number for all channels, or as many as the images have channels." },
  );
}
