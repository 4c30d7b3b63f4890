/** A scan with a marked block, and where its crops lie. */
import type { Volume } from "voxrx";
import { ramp } from "../../support/volumes.ts";

export const keys = ["image", "label"] as const;

/** A label with a block of `value` from `start` to `end`. */
export function block(shape: readonly number[], start: number, end: number, value = 1): Volume {
  const label = ramp([1, ...shape], "uint8");
  const { data } = label;
  data.fill(0);
  const [, ny = 1, nz = 1] = shape;
  for (let x = start; x < end; x++)
    for (let y = start; y < end; y++) for (let z = start; z < end; z++) data[z + nz * (y + ny * x)] = value;
  return label;
}

export const scan = (n = 10) => ({ image: ramp([1, n, n, n]), label: block([n, n, n], 2, 4), id: "s1" });

/** Where a crop of a ramp begins: its first value is its place. */
export function startOf(crop: Volume, n: number): number[] {
  const first = crop.get(0, 0, 0, 0) ?? Number.NaN;
  return [first % n, Math.floor(first / n) % n, Math.floor(first / (n * n))];
}
