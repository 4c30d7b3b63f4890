import { PipelineError } from "../errors.ts";

/** Calls a function that was given in options; what it throws is its own fault, not the network's or the archive's. */
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
