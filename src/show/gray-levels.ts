/** Which values become black and white. */
import { percentilesOf } from "../kernels/percentile.ts";
import { isIntegerDtype } from "../samples.ts";
import type { Volume } from "../volume/volume.ts";
import { isRaster } from "./plane-view.ts";

/** The values that become black and white. */
export type GrayRange = readonly [low: number, high: number];

/**
 * From the 1st to the 99th percentile of a channel's finite values; from the lowest to the highest if those are equal.
 * NaN if there are none.
 */
export function grayRange(volume: Volume, channel?: number): GrayRange {
  const percents = [0, 1, 99, 100];
  let values = percentilesOf(volume, percents, channel);
  if (values.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)) {
    const finite = volume.mapSamples((value) => (Number.isFinite(value) ? value : Number.NaN));
    values = percentilesOf(finite, percents, channel);
  }
  const [lowest = Number.NaN, low = Number.NaN, high = Number.NaN, highest = Number.NaN] = values;
  return low < high ? [low, high] : [lowest, highest];
}

/** Whether the channels of an image are red, green, blue and maybe opacity. */
export function isColor(volume: Volume): boolean {
  const { channels, dtype, shape, meta } = volume;
  if (channels !== 3 && channels !== 4) return false;
  const { datatype, SamplesPerPixel: samples } = meta.header ?? {};
  if (datatype === "rgb24" || datatype === "rgba32" || samples === 3) return true;
  return shape.length === 3 && (isRaster(volume) || dtype === "uint8");
}

/** The values of colors that become black and full color. */
export function colorRange(volume: Volume): GrayRange {
  const { dtype } = volume;
  if (dtype === "uint8") return [0, 255];
  if (dtype === "uint16") return [0, 65535];
  const [lowest = 0, highest = 0] = percentilesOf(volume.selectChannels(0, 3), [0, 100]);
  // Colors that an operator scaled to 0 to 1.
  if (!isIntegerDtype(dtype) && lowest >= 0 && highest <= 1) return [0, 1];
  return lowest >= 0 && highest <= 255 ? [0, 255] : grayRange(volume.selectChannels(0, 3));
}
