import { Dataset, type SourceOptions } from "voxrx";

/** What a counting source did. */
export interface Counts {
  opened: number;
  closed: number;
  produced: number;
}

/** How a counting source behaves. */
export interface CountingOptions extends SourceOptions<number> {
  /** Items in a run. Default 1000. */
  readonly length?: number;
  /** Never answers the pull of this item. */
  readonly hangsAt?: number;
  /** Throws at the pull of this item. */
  readonly throwsAt?: number;
  /** Answers in a later turn of the event loop instead of at once. */
  readonly later?: boolean;
}

/** A source of 0, 1, 2… that counts how often it was opened, closed and pulled; each run is closed exactly once or never. */
export function countingSource(options: CountingOptions = {}): { source: Dataset<number>; counts: Counts } {
  const { length = 1000, hangsAt, throwsAt, later = false, ...given } = options;
  const counts: Counts = { opened: 0, closed: 0, produced: 0 };
  const open = (): AsyncIterable<number> => {
    let next = 0;
    let live = true;
    const close = () => {
      if (live) counts.closed++;
      live = false;
    };
    const iterator: AsyncIterator<number> = {
      async next() {
        if (next === hangsAt) return new Promise(() => undefined);
        if (next === throwsAt) {
          close();
          throw new Error(`source failed at ${next}`);
        }
        if (later) await new Promise((resolve) => setImmediate(resolve));
        if (next >= length || !live) {
          close();
          return { done: true, value: undefined };
        }
        counts.produced++;
        return { done: false, value: next++ };
      },
      async return() {
        close();
        return { done: true, value: undefined };
      },
    };
    counts.opened++;
    return { [Symbol.asyncIterator]: () => iterator };
  };
  return { source: Dataset.from(open, given), counts };
}

/** The first `count` items of a run that is then left. */
export async function takeAndLeave<T>(dataset: Dataset<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  for await (const item of dataset) {
    items.push(item);
    if (items.length >= count) break;
  }
  return items;
}

/** Resolves once the event loop has turned `turns` times: whatever could still run has had its chance. */
export async function turns(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}
