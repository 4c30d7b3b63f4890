import type { Random } from "../../../src/random/random.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** Draws one number from a range for all channels, or one for each channel of the field that has the most channels. */
export function drawForChannels(
  random: Random,
  volumes: readonly Volume[],
  channelWise: boolean,
  [low, high]: readonly [number, number],
): number[] {
  const count = channelWise ? Math.max(1, ...volumes.map(({ channels }) => channels)) : 1;
  return Array.from({ length: count }, () => random.uniform(low, high));
}
