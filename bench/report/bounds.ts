/** Whether workloads stay within their bounds: multiples of a limit that was measured in the same run. */
import type { Workload } from "../measure/workload.ts";
import type { Line } from "./line.ts";
import { ratio } from "./print-table.ts";

/**
 * What exceeds its bound, as text. CPU times of the best rounds are compared, which a busy machine changes least. A line
 * that could not be measured exceeds it too.
 */
export function exceededBounds(workloads: readonly Workload[], lines: readonly Line[]): string[] {
  const bounds = new Map(workloads.map(({ name, bound }) => [name, bound]));
  return lines.flatMap(({ name, voxrx, limit, error }) => {
    const bound = bounds.get(name);
    if (error !== undefined && bound !== undefined && !/not installed/.test(error)) return [`${name}: ${error}`];
    if (bound === undefined || !voxrx || !limit?.times) return [];
    const multiple = voxrx.bestCpuMs / limit.times.bestCpuMs;
    if (multiple <= bound) return [];
    return [
      `${name}: takes ${ratio(multiple)} of the CPU time of its limit (${limit.what}), which is more than ${bound}`,
    ];
  });
}
