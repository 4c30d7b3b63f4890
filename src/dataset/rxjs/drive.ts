import type { Subscriber } from "rxjs";
import type { RunIterator } from "../iterator.ts";

/**
 * Drives a run into a subscriber: one item at a time, the next one asked for after `next` has returned. Unsubscribing closes the
 * run; a failure while closing then has nobody left to go to, and is raised as an uncaught error, as RxJS does.
 */
export function drive<T>(run: RunIterator<T>, subscriber: Subscriber<T>): () => void {
  const feed = async (): Promise<void> => {
    try {
      for (;;) {
        const { done, value } = await run.next();
        if (subscriber.closed) return;
        if (done) return subscriber.complete();
        subscriber.next(value);
      }
    } catch (error) {
      subscriber.error(error);
    }
  };
  void feed();
  return () => {
    run.return().catch((error: unknown) => {
      queueMicrotask(() => {
        throw error;
      });
    });
  };
}
