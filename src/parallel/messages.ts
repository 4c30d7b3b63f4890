/** What the main thread and a worker thread say to each other. */
import { isVoxRxError, messageOf, PipelineError, reviveError, type SerializedError } from "../errors.ts";
import type { FileIdentity } from "../files/file-identity.ts";
import type { Draw } from "../item/origin.ts";
import { isRecord } from "../item/record.ts";
import { asItemFailure, isItemFailure } from "../plan/item-failure.ts";
import type { Position } from "../plan/stage.ts";
import type { Seed } from "../random/random.ts";
import type { Warning } from "../warnings.ts";
import type { ChainData } from "./chain.ts";

/** Results of a task that are sent before the consumer has taken the first of them, and their bytes. */
export const window = { results: 8, bytes: 64 * 2 ** 20 } as const;

/** One item for a chain. */
export interface TaskMessage {
  readonly kind: "task";
  readonly task: number;
  /** Of a chain that the thread has received. */
  readonly chain: string;
  readonly id: string;
  readonly index: number;
  readonly draws: readonly Draw[] | undefined;
  /** The item: see `packItem`. */
  readonly node: unknown;
  readonly epoch: number;
  readonly seed: Seed | undefined;
  /** Where the chain continues with this item. */
  readonly from: Position | undefined;
  /** Results that are left out: they were given before. */
  readonly skip: number;
  readonly recordsFiles: boolean;
  /** Becomes 1 when nobody waits for the results any more. */
  readonly stop: SharedArrayBuffer;
}

/** To a worker thread. */
export type ToWorker =
  | { readonly kind: "chain"; readonly chain: ChainData }
  | TaskMessage
  /** The consumer has taken one more result of a task. */
  | { readonly kind: "taken"; readonly task: number }
  | { readonly kind: "stop"; readonly task: number }
  /** End as soon as nothing runs any more. */
  | { readonly kind: "end" };

/** A result of a task. */
export interface ResultMessage {
  readonly kind: "result";
  readonly task: number;
  readonly id: string;
  readonly index: number;
  readonly draws: readonly Draw[] | undefined;
  readonly next: Position;
  readonly node: unknown;
  readonly files: readonly FileIdentity[];
  /** Whether no result comes after it, and no `done`. */
  readonly isLast: boolean;
}

/** One of a task's results failed. */
export interface FailureMessage {
  readonly kind: "failure";
  readonly task: number;
  readonly error: SerializedError;
  /** Whether it is the failure of one item. */
  readonly ofItem: boolean;
  /** Whether no result comes after it, and no `done`. */
  readonly isLast: boolean;
}

/** From a worker thread. */
export type FromWorker =
  | { readonly kind: "ready" }
  /** A task has begun; with the memory of the thread, in bytes. */
  | { readonly kind: "begun"; readonly task: number; readonly bytes: number }
  | ResultMessage
  | FailureMessage
  | { readonly kind: "done"; readonly task: number; readonly bytes: number }
  /** The task has to be done on the main thread; `differs`: because this operator is another one here. */
  | { readonly kind: "mainThread"; readonly task: number; readonly differs: string | undefined }
  | { readonly kind: "warning"; readonly warning: Warning };

/** An error as a message. */
export function packError(caught: unknown): { readonly error: SerializedError; readonly ofItem: boolean } {
  const error = isVoxRxError(caught)
    ? caught
    : new PipelineError("VOXRX_TRANSFORM_FAILED", `a function threw: ${messageOf(caught)}`, { cause: caught });
  return { error: error.toJSON(), ofItem: isItemFailure(caught) };
}

/** The error of a message, with the errors that caused it. */
export function unpackError({ error, ofItem }: Pick<FailureMessage, "error" | "ofItem">): Error {
  const revived = reviveError({ ...error, cause: causeOf(error.cause) });
  return ofItem ? asItemFailure(revived) : revived;
}

function causeOf(cause: unknown): unknown {
  if (!isRecord(cause) || typeof cause.name !== "string") return cause;
  if (isSerialized(cause)) return reviveError({ ...cause, cause: causeOf(cause.cause) });
  const error = new Error(String(cause.message));
  error.name = cause.name;
  if (typeof cause.stack === "string") error.stack = cause.stack;
  return error;
}

function isSerialized(cause: object): cause is SerializedError {
  return "code" in cause && "fault" in cause;
}
