/** Libraries that must not be used on worker threads: they may crash the process when a thread ends. */

/** Set on worker threads. */
let isWorker = false;
let refusals = 0;

/** Declares this thread to be a worker thread. */
export function beWorkerThread(): void {
  isWorker = true;
}

/** How often something was refused on this thread. A task during which it grows has to be done on the main thread. */
export function refusalsSoFar(): number {
  return refusals;
}

/** Refuses a library on a worker thread; whoever gave the task then does it on the main thread. */
export function refuseOnWorkerThread(library: string): void {
  if (!isWorker) return;
  refusals++;
  throw new Error(`${library} is used on the main thread only`);
}
