import { gatherDoubles } from "./gather-doubles.ts";
import { canGatherFloats, gatherFloats } from "./gather-floats.ts";
import type { GatherPlan, GatherSource } from "./gather-plan.ts";

/**
 * Trilinear interpolation; written x fastest, without gaps, from `start`. Samples that float32 holds exactly are
 * weighted in float32, others in double.
 */
export function gatherLinear(source: GatherSource, plan: GatherPlan, target: Float32Array, start: number): void {
  if (canGatherFloats(source, plan)) gatherFloats(source, plan, target, start);
  else gatherDoubles(source, plan, target, start);
}
