import type { RunIterator } from "../run.ts";
import { config, type Subscriber } from "./observable.ts";

/**
 * Drives a run into a subscriber: one item at a time, each requested after `next` has returned. Unsubscribing closes
 * the run. Nobody is left to receive a failure to close, so it is reported the way RxJS reports uncaught errors.
 */
export function drive<T>(run: RunIterator<T>, subscriber: Subscriber<T>): () => void {
  feed(run, subscriber).catch(report);
  return () => {
    run.return().catch(report);
  };
}

async function feed<T>(run: RunIterator<T>, subscriber: Subscriber<T>): Promise<void> {
  for (;;) {
    let step: IteratorResult<T, undefined>;
    try {
      step = await run.next();
    } catch (error) {
      return subscriber.error(error);
    }
    if (subscriber.closed) return;
    if (step.done) return subscriber.complete();
    subscriber.next(step.value);
  }
}

/** Calls `config.onUnhandledError` if it is set; otherwise throws an uncaught error. */
function report(error: unknown): void {
  setTimeout(() => {
    if (config.onUnhandledError) config.onUnhandledError(error);
    else throw error;
  });
}
