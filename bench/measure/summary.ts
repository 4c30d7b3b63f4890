/** Facts of a result, to see that both sides did the same work. */
import type { Summary } from "./answers.ts";

/** A volume, which has samples, or a tensor, which has data. */
interface Samples {
  readonly samples?: ArrayLike<number>;
  readonly data?: ArrayLike<number>;
}

/** The number of samples and their mean, of the first array of each result: patches are several results. */
export function summaryOf(result: unknown): Summary {
  const results: readonly unknown[] = Array.isArray(result) ? result : [result];
  let [samples, sum] = [0, 0];
  for (const each of results) {
    const array = firstArray(each);
    const values = array?.samples ?? array?.data ?? [];
    for (let at = 0; at < values.length; at++) sum += values[at] ?? 0;
    samples += values.length;
  }
  return { samples, ...(samples > 0 ? { mean: sum / samples } : {}) };
}

function firstArray(value: unknown): Samples | undefined {
  if (hasShape(value)) return value;
  if (typeof value !== "object" || value === null) return undefined;
  return Object.values(value).find(hasShape);
}

function hasShape(value: unknown): value is Samples {
  return typeof value === "object" && value !== null && "shape" in value && Array.isArray(value.shape);
}
