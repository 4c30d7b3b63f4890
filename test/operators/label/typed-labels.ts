import { Volume } from "voxrx";
import { ramp } from "../../support/volumes.ts";

const shape = [1, 6, 5, 4];
const few = (n: number) => (n * n) % 5;

/** Labels of several element types, one a view, and doubles that float32 does not have. */
export const anyLabels = () => [
  new Volume({ data: Uint8Array.from({ length: 120 }, (_, n) => few(n)), shape }),
  new Volume({ data: Int32Array.from({ length: 120 }, (_, n) => few(n) - 1), shape }).flip([1]).permute([2, 0, 1]),
  new Volume({ data: Float32Array.from({ length: 120 }, (_, n) => few(n) / 2), shape }),
  new Volume({ data: Float64Array.from({ length: 120 }, (_, n) => few(n) / 10), shape }),
  new Volume({ data: Float64Array.from({ length: 120 }, (_, n) => (n - 60) / 3), shape }),
];
/** Integers from 0 on, for what takes classes. */
export const classLabels = () =>
  anyLabels()
    .slice(0, 4)
    .map((label) => label.mapSamples((value) => Math.abs(Math.trunc(value))));
/** Channels of scores. */
export const scores = () => [0, 7, 20].map((start) => ramp([3, 5, 4, 3], "float32", start).flip([0]));
