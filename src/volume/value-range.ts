import { PipelineError } from "../errors.ts";
import type { Dtype } from "../samples.ts";

/**
 * Returns the function that kernels call with a value that an integer type can't hold. It throws a PipelineError
 * `VOXRX_VALUE_RANGE`.
 */
export function refuserOf(dtype: Dtype): (value: number) => never {
  return (value) => {
    throw new PipelineError("VOXRX_VALUE_RANGE", `${value} is not a value of ${dtype}`, {
      remedy:
        'Choose a type that can hold it, as in mapSamples(fn, { dtype: "float32" }), or round and clip values first.',
    });
  };
}
