/** From which items of the sources an item came, as far as values and the order of events say it. */
import type { LoggedEvent, Request } from "./event-log.ts";
import { recordOf, sameValue } from "./item-values.ts";

/** An item of a source. */
export type Taken = Extract<LoggedEvent, { kind: "took" }>;

/** For each request, the items that its result came from. */
export function sourcesOfRequests(requests: readonly Request[]): Taken[][] {
  const taken: Taken[] = [];
  let last: readonly Taken[] = [];
  return requests.map(({ took, gave }) => {
    taken.push(...took);
    if (took.length > 0) last = took;
    if (!gave) return [];
    const isSource = ({ value }: Taken) => isPartOf(value, gave.value);
    // Items with equal values are told apart by when they were taken.
    const now = took.filter(isSource);
    const matching = now.length > 0 ? now : taken.filter(isSource);
    return once(matching.length > 0 ? matching : last);
  });
}

function once(taken: readonly Taken[]): Taken[] {
  const seen = new Map(taken.map((one) => [`${one.source} ${one.index}`, one]));
  return [...seen.values()];
}

/** Whether an item is, or is in, another one: the same, an entry of a list, a row of columns, fields of a record. */
function isPartOf(part: unknown, whole: unknown): boolean {
  if (sameValue(part, whole)) return true;
  if (Array.isArray(whole)) return whole.some((entry) => isPartOf(part, entry));
  const [row, columns] = [recordOf(part), recordOf(whole)];
  if (!row || !columns) return false;
  const fields = Object.entries(row);
  return fields.length > 0 && fields.every(([key, value]) => key in columns && isPartOf(value, columns[key]));
}
