/** A number for each spatial axis; 0 for an axis that the list does not cover. */
export function perAxis(given: number | readonly number[], { length }: readonly number[]): number[] {
  return Array.from({ length }, (_, axis) => (typeof given === "number" ? given : (given[axis] ?? 0)));
}
