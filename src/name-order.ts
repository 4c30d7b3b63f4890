/** Orders that are the same on every machine, independent of the locale. */

/** Compares names by UTF-16 code units, as `sort()` does. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares names of classes: numbers by value, others by their text. */
export function compareClasses(a: string | number | boolean, b: string | number | boolean): number {
  return typeof a === "number" && typeof b === "number" ? a - b : compareNames(String(a), String(b));
}
