import { PipelineError } from "../errors.ts";

/** The error of a dataset that has nothing to measure. */
export function noItems(operator: string): PipelineError {
  return new PipelineError("VOXRX_NO_ITEMS", "the dataset has no items to measure", {
    operator,
    remedy: "Check where its items come from: peek() gives the first one.",
  });
}
