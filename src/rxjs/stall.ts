/** Notifies waiting runs when nothing is left in the process that could still answer them. */

/** Something that waits for an answer that may never come. */
export interface Waiting {
  /** Called when nothing else keeps the process alive. */
  stalled(): void;
}

const waiting = new Set<Waiting>();

/**
 * Node is about to exit while runs still wait. One more turn of the event loop lets their consumers receive the error.
 */
function beforeExit(): void {
  for (const one of [...waiting]) one.stalled();
  setImmediate(() => undefined);
}

/**
 * Registers something that waits, until {@link removeWaiting}. The process has a listener only while something waits.
 */
export function addWaiting(one: Waiting): void {
  if (waiting.size === 0 && typeof process !== "undefined") process.on("beforeExit", beforeExit);
  waiting.add(one);
}

/** Reverts {@link addWaiting}. */
export function removeWaiting(one: Waiting): void {
  if (waiting.delete(one) && waiting.size === 0 && typeof process !== "undefined")
    process.off("beforeExit", beforeExit);
}
