/** What functions, sources and stores that are not ours throw, as errors of VoxRx that name the operator and the item. */

import type { MaybePromise } from "../async/maybe-promise.ts";
import { isVoxRxError, messageOf, PipelineError, reviveError, type VoxRxError } from "../errors.ts";

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
  if (isReasonOf(caught, signal)) return caught;
  const error = located(caught, place, "See the cause; onError({ skip: true }) leaves such items out.");
  // An error that was thrown as it is may be thrown again, where it is not the failure of an item.
  const marked = error === caught ? another(error) : error;
  itemFailures.add(marked);
  return marked;
}

/** Marks an error that came from another thread as the failure of one item, as it was there. */
export function asItemFailure<E extends Error>(error: E): E {
  itemFailures.add(error);
  return error;
}

/** Whether an error is the failure of one item: the items after it can still be pulled. */
export function isItemFailure(error: unknown): boolean {
  return typeof error === "object" && error !== null && itemFailures.has(error);
}

/**
 * What a stage threw, as an error that names the operator, and the item that it was working on if there is one. An
 * error that names an operator already is returned unchanged, and so is the reason of an aborted signal.
 */
export function stageFailure(
  caught: unknown,
  place: { readonly operator: string | undefined; readonly item?: string | undefined },
  ...signals: readonly AbortSignal[]
): unknown {
  if (signals.some((signal) => isReasonOf(caught, signal))) return caught;
  if (isVoxRxError(caught) && caught.operator !== undefined) return caught;
  const error = located(caught, place, "See the cause.");
  if (isItemFailure(caught)) itemFailures.add(error);
  return error;
}

/** What a source threw after it had given `count` items. It is never the failure of one item: the source has ended. */
export function sourceFailure(caught: unknown, operator: string, count: number, signal: AbortSignal): unknown {
  if (isReasonOf(caught, signal)) return caught;
  if (isVoxRxError(caught)) return isItemFailure(caught) ? another(caught) : caught;
  const after = count === 0 ? "" : ` after ${count === 1 ? "1 item" : `${count} items`}`;
  return new PipelineError("VOXRX_TRANSFORM_FAILED", `the source threw${after}: ${messageOf(caught)}`, {
    operator,
    cause: caught,
    remedy: "See the cause.",
  });
}

/**
 * An error as a run hands it to its consumer. Where the consumer is itself a source or an operator of another run, it
 * is not the failure of one of that run's items.
 */
export function leavingRun(caught: unknown, ...signals: readonly (AbortSignal | undefined)[]): unknown {
  if (signals.some((signal) => signal && isReasonOf(caught, signal))) return caught;
  if (isItemFailure(caught) && isVoxRxError(caught)) return another(caught);
  return located(caught, {}, "See the cause.");
}

/** The result of work for a consumer that is not part of a run; it throws as a run does. */
export async function outsideOfRun<T>(work: () => MaybePromise<T>, signal: AbortSignal | undefined): Promise<T> {
  try {
    return await work();
  } catch (caught) {
    throw leavingRun(caught, signal);
  }
}

function isReasonOf(caught: unknown, signal: AbortSignal): boolean {
  return signal.aborted && caught === signal.reason;
}

/** An error of VoxRx with a place, as far as it has none; anything else as the cause of a new one. */
function located(caught: unknown, place: Partial<FailurePlace> | object, remedy: string): VoxRxError {
  try {
    const error = isVoxRxError(caught) ? caught.locate(place) : undefined;
    if (isVoxRxError(error)) return error;
  } catch {
    // a proxy around an error of VoxRx
  }
  return new PipelineError("VOXRX_TRANSFORM_FAILED", `a function threw: ${messageOf(caught)}`, {
    ...place,
    cause: caught,
    remedy,
  });
}

/** The same error as another object. */
function another(error: VoxRxError): VoxRxError {
  const { name, code, fault, item, operator, file, remedy, stack, cause } = error;
  return reviveError({ name, code, fault, item, operator, file, remedy, stack, cause });
}
