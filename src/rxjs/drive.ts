import type { RunIterator } from "../run.ts";
import { config, type Subscriber } from "./observable.ts";

/**
 * Drives a run into a subscriber: one item at a time, the next one asked for after `next` has returned. Unsubscribing closes the
 * run; a failure while closing then has nobody left to go to, and is reported as RxJS reports uncaught errors.
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

/** To `config.onUnhandledError` where there is one, else an uncaught error. */
function report(error: unknown): void {
  setTimeout(() => {
    if (config.onUnhandledError) config.onUnhandledError(error);
    else throw error;
  });
}
