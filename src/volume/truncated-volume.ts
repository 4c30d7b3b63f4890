import { truncateValues } from "../kernels/map-values.ts";
import { resultSamples } from "../memory/result-memory.ts";
import type { Dtype } from "../samples.ts";
import { refuserOf } from "./value-range.ts";
import type { Volume } from "./volume.ts";

/**
 * The volume with its values cut to integers of a type, in its own memory order.
 *
 * @throws PipelineError `VOXRX_VALUE_RANGE` for a value that the type can't hold
 */
export function truncatedVolume(volume: Volume, dtype: Dtype): Volume {
  const data = resultSamples(dtype, volume.size);
  return volume.withSamples({ data, ...truncateValues(volume, data, refuserOf(dtype)) });
}
