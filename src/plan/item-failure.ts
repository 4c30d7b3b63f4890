import { isVoxRxError, messageOf, PipelineError } from "../errors.ts";

const itemFailures = new WeakSet<object>();

/** Where an item failed. */
export interface FailurePlace {
  readonly operator: string;
  readonly item: string;
}

/**
 * Marks what a transform threw as the failure of one item, so that a cursor can continue after it, and adds where it
 * happened. An error that is not of VoxRx becomes the cause of one. The reason of an aborted signal is returned
 * unchanged.
 */
export function itemFailure(caught: unknown, place: FailurePlace, signal: AbortSignal): unknown {
  if (signal.aborted && caught === signal.reason) return caught;
  const error = isVoxRxError(caught) ? caught.locate(place) : transformFailed(caught, place);
  itemFailures.add(error);
  return error;
}

/** Whether an error is the failure of one item: the items after it can still be pulled. */
export function isItemFailure(error: unknown): boolean {
  return typeof error === "object" && error !== null && itemFailures.has(error);
}

function transformFailed(cause: unknown, place: FailurePlace): PipelineError {
  const message = messageOf(cause);
  return new PipelineError("VOXRX_TRANSFORM_FAILED", `a function threw: ${message}`, {
    ...place,
    cause,
    remedy: "See the cause; onError({ skip: true }) leaves such items out.",
  });
}
