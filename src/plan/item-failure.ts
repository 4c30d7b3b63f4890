import { isVoxRxError, PipelineError } from "../errors.ts";

const itemFailures = new WeakSet<object>();

/** Where an item failed. */
export interface FailurePlace {
  readonly operator: string;
  readonly item: string;
}

/**
 * Marks what a transform threw as one item's own failure, so that a cursor can go on after it, and says where it happened.
 * What is not an error of VoxRx becomes the cause of one. The reason of an aborted signal stays what it is.
 */
export function itemFailure(caught: unknown, place: FailurePlace, signal: AbortSignal): unknown {
  if (signal.aborted && caught === signal.reason) return caught;
  const error = isVoxRxError(caught) ? caught.locate(place) : transformFailed(caught, place);
  itemFailures.add(error);
  return error;
}

/** Whether an error is one item's own failure: the items after it can still be had. */
export function isItemFailure(error: unknown): boolean {
  return typeof error === "object" && error !== null && itemFailures.has(error);
}

function transformFailed(cause: unknown, place: FailurePlace): PipelineError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new PipelineError("VOXRX_TRANSFORM_FAILED", `a function threw: ${said}`, {
    ...place,
    cause,
    remedy: "See the cause; onError({ skip: true }) leaves such items out.",
  });
}
