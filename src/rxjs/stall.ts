/** Tells waiting runs when nothing is left in the process that could still answer them. */

/** Something that waits for what may never come. */
export interface Waiting {
  /** Called when nothing in the process is alive any more. */
  stalled(): void;
}

const waiting = new Set<Waiting>();

/** Node is about to leave with runs still waiting. One more turn of the loop lets their consumers hear of it. */
function beforeExit(): void {
  for (const one of [...waiting]) one.stalled();
  setImmediate(() => undefined);
}

/** From now on, until {@link waitsNoMore}. The process is listened to only while somebody waits. */
export function waits(one: Waiting): void {
  if (waiting.size === 0 && typeof process !== "undefined") process.on("beforeExit", beforeExit);
  waiting.add(one);
}

/** Takes back {@link waits}. */
export function waitsNoMore(one: Waiting): void {
  if (waiting.delete(one) && waiting.size === 0 && typeof process !== "undefined")
    process.off("beforeExit", beforeExit);
}
