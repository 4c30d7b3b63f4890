/** Boxes in images to fill, to keep or to shuffle. Samples are stored x fastest, without gaps, channels slowest. */
import type { Random } from "../random/random.ts";
import type { TypedArray } from "../samples.ts";

/** Voxels from `start` up to, but not including, `end` on each spatial axis. */
interface Box {
  readonly start: readonly number[];
  readonly end: readonly number[];
}

/** What boxes are filled with: one value, or the next one of a sequence for each voxel. */
type Fill = number | (() => number);

/** Fills the boxes: all channels of one box, then the next box. */
export function fillBoxes(data: TypedArray, shape: readonly number[], boxes: readonly Box[], fill: Fill): void {
  for (const box of boxes) eachBoxRow(shape, box, [0, shape[0]!], rowFiller(data, fill));
}

/**
 * Fills everything outside the boxes. A sequence goes on inside them too, so that boxes do not change the values of the
 * rest.
 */
export function fillAround(data: TypedArray, shape: readonly number[], boxes: readonly Box[], fill: Fill): void {
  const before = data.slice();
  rowFiller(data, fill)(0, data.length);
  for (const box of boxes)
    eachBoxRow(shape, box, [0, shape[0]!], (from, to) => data.set(before.subarray(from, to), from));
}

function rowFiller(data: TypedArray, fill: Fill): (from: number, to: number) => void {
  if (typeof fill === "number") return (from, to) => data.fill(fill, from, to);
  return (from, to) => {
    for (let at = from; at < to; at++) data[at] = fill();
  };
}

/**
 * Shuffles the values in every box, each channel separately (Fisher and Yates); `randomOf` returns the generator for
 * each.
 */
export function shuffleBoxes(
  data: TypedArray,
  shape: readonly number[],
  boxes: readonly Box[],
  randomOf: (box: number, channel: number) => Random,
): void {
  for (const [n, box] of boxes.entries()) {
    const size = box.start.reduce((product, from, axis) => product * (box.end[axis]! - from), 1);
    const values = data.slice(0, size);
    for (let channel = 0; channel < shape[0]!; channel++) {
      let read = 0;
      eachBoxRow(shape, box, [channel, channel + 1], (from, to) => {
        values.set(data.subarray(from, to), read);
        read += to - from;
      });
      shuffle(values, randomOf(n, channel));
      let written = 0;
      eachBoxRow(shape, box, [channel, channel + 1], (from, to) => {
        data.set(values.subarray(written, (written += to - from)), from);
      });
    }
  }
}

function shuffle(values: TypedArray, random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const swapped = values[i]!;
    values[i] = values[j]!;
    values[j] = swapped;
  }
}

function eachBoxRow(
  shape: readonly number[],
  { start, end }: Box,
  [firstChannel, endChannel]: readonly [number, number],
  visit: (from: number, to: number) => void,
): void {
  const [nx, ny, nz] = [shape[1]!, shape[2]!, shape[3] ?? 1];
  for (let channel = firstChannel; channel < endChannel; channel++) {
    for (let z = start[2] ?? 0; z < (end[2] ?? 1); z++) {
      for (let y = start[1]!; y < end[1]!; y++) {
        const row = ((channel * nz + z) * ny + y) * nx;
        visit(row + start[0]!, row + end[0]!);
      }
    }
  }
}
