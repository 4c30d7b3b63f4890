/**
 * Starts a task for each item, up to `concurrency` at a time, and passes the results on in the order of the items. The
 * first error in that order ends it, as if the tasks had run one after the other; tasks that had started by then are
 * waited for.
 */
export async function eachInOrder<T, R>(
  items: Iterable<T>,
  concurrency: number,
  start: (item: T) => Promise<R>,
  use: (result: R, item: T) => void,
): Promise<void> {
  const running: { readonly item: T; readonly result: Promise<R> }[] = [];
  const useFirst = async () => {
    const first = running.shift();
    if (first) use(await first.result, first.item);
  };
  try {
    for (const item of items) {
      const result = start(item);
      result.catch(() => {}); // reported when its turn comes
      running.push({ item, result });
      if (running.length >= concurrency) await useFirst();
    }
    while (running.length > 0) await useFirst();
  } finally {
    await Promise.allSettled(running.map(({ result }) => result));
  }
}
