/** Ends long loops whose result nobody waits for any more. */

let check: (() => void) | undefined;

/** Sets what {@link throwIfStopped} calls until the current transform returns, and returns what it called before. */
export function watchStop(next: (() => void) | undefined): (() => void) | undefined {
  const before = check;
  check = next;
  return before;
}

/** Called by loops between slabs. @throws the reason of a run that was closed */
export function throwIfStopped(): void {
  check?.();
}
