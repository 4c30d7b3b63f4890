import { PipelineError } from "../errors.ts";

/** Calls a function that was passed in options, so that what it throws is not taken for a network or archive error. */
export function callUser<T>(option: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw new PipelineError("VOXRX_TRANSFORM_FAILED", `the function ${option} threw`, {
      cause,
      remedy: "See the cause.",
    });
  }
}
