import type { Entry } from "./stage.ts";

/**
 * An item that comes again in the same epoch, for the n-th time after the first: it has an id of its own (`ID~n`), so
 * that random operators draw other values for it. The first time (0) it is the item itself.
 */
export function repeatedEntry(entry: Entry<unknown>, pass: number): Entry<unknown> {
  return pass === 0 ? entry : { ...entry, id: `${entry.id}~${pass}` };
}
