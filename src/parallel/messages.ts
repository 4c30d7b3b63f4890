/** What the main thread and a worker thread say to each other. */
import type { FileIdentity } from "../files/file-identity.ts";
import type { Draw } from "../item/origin.ts";
import type { Position } from "../plan/stage.ts";
import type { Seed } from "../random/random.ts";
import type { Warning } from "../warnings.ts";
import type { WorkedParts } from "../watch/watch.ts";
import type { ChainData } from "./chain.ts";
import type { ErrorMessage } from "./error-message.ts";

/** Results of a task that are sent before the consumer has taken the first of them, and their bytes. */
export const mostAhead = { results: 8, bytes: 64 * 2 ** 20 } as const;

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
  /** Whether somebody wants to know what each part of the chain did. */
  readonly isWatched: boolean;
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
  /** No task of this chain comes any more, unless it is sent again. */
  | { readonly kind: "forget"; readonly chain: string }
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
  readonly worked: WorkedParts | undefined;
  /** Whether no result comes after it, and no `done`. */
  readonly isLast: boolean;
}

/** One of a task's results failed. */
export interface FailureMessage extends ErrorMessage {
  readonly kind: "failure";
  readonly task: number;
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
  /** The task waits until the consumer has taken a result. */
  | { readonly kind: "waits"; readonly task: number }
  | { readonly kind: "done"; readonly task: number; readonly bytes: number }
  /** The task has to be done on the main thread; `differs`: because this operator is another one here. */
  | { readonly kind: "mainThread"; readonly task: number; readonly differs: string | undefined }
  | { readonly kind: "warning"; readonly warning: Warning };
