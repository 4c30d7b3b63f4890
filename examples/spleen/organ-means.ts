/** Means over a validation set. */

/** The mean of each organ over the scans that have it: NaN stands for one that has not. */
export function organMeans(lists: readonly (readonly number[])[]): number[] {
  return (lists[0] ?? []).map((_, organ) => {
    const known = lists.map((each) => each[organ] ?? Number.NaN).filter((value) => !Number.isNaN(value));
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}
