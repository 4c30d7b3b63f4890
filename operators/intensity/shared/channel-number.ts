import { PipelineError } from "../../../src/errors.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/**
 * The number for a channel: one for all, or that of a list with one for each.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for a list that does not have one for each channel of the image
 */
export function channelNumber(given: number | readonly number[], { channels }: Volume, channel: number): number {
  if (typeof given === "number") return given;
  const own = given[channel];
  if (own !== undefined && given.length === channels) return own;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `${given.length} numbers do not fit the ${channels} channels of an image`,
  );
}
