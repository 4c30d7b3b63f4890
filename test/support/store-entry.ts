/** Entries of which both a child process and its test know what must be in them. */
import { Volume } from "voxrx";

/** An item of some 400 kB whose samples follow from its number. */
export function entryOf(n: number): { readonly n: number; readonly image: Volume } {
  const data = Float32Array.from({ length: 100_000 }, (_, i) => n + i);
  return { n, image: new Volume({ data, shape: [1, 100, 100, 10], layout: "x-fastest" }) };
}

/** Sum of the samples of an item made by {@link entryOf}; NaN for anything else. */
export function sumOf(value: unknown): number {
  if (typeof value !== "object" || value === null || !("image" in value)) return Number.NaN;
  if (!(value.image instanceof Volume)) return Number.NaN;
  let sum = 0;
  for (const sample of value.image.storage) sum += sample;
  return sum;
}
