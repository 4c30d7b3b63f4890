import fc from "fast-check";
import { expect, test } from "vitest";
import { copyStrided } from "../../src/kernels/copy-strided.ts";
import { allocate, dtypes } from "../../src/samples.ts";
import { sizeOfShape } from "../../src/volume/strides.ts";

/**
 * Strides of a shape whose axes lie in some order, the fastest one first, some of them backwards, and where its first
 * voxel is.
 */
function laidOut(shape: readonly number[], order: readonly number[], backwards: readonly boolean[], gap: number) {
  const strides = new Array<number>(shape.length).fill(0);
  let [step, offset] = [gap, 0];
  for (const axis of order) {
    const n = shape[axis] ?? 1;
    strides[axis] = backwards[axis] ? -step : step;
    if (backwards[axis]) offset += (n - 1) * step;
    step *= n;
  }
  return { strides, offset, length: step };
}

test("a copy puts every voxel of any layout into its place in any other, for all lengths and types", () => {
  const sizes = fc.constantFrom(1, 2, 3, 15, 16, 17, 70, 130);
  const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
  const flags = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.tuple(fc.constantFrom(1, 2), sizes, sizes, sizes).filter((shape) => sizeOfShape(shape) < 40_000),
      fc.record({ order, backwards: flags, gap: fc.constantFrom(1, 1, 2) }),
      fc.record({ order, start: fc.nat(3), more: fc.array(fc.nat(1), { minLength: 4, maxLength: 4 }) }),
      fc.constantFrom(...dtypes),
      fc.constantFrom(...dtypes),
      (shape, from, to, dtype, other) => {
        const { strides, offset, length } = laidOut(shape, from.order, from.backwards, from.gap);
        // The target may be a part of a larger image.
        const target = laidOut(
          shape.map((n, axis) => n + (to.more[axis] ?? 0)),
          to.order,
          [],
          1,
        );
        const source = allocate(dtype, length);
        for (let i = 0; i < length; i++) source[i] = (i * 7919) % 127;
        const copy = allocate(other, target.length + to.start);
        copyStrided(source, shape, strides, offset, copy, target.strides, to.start);
        const wanted = allocate(other, target.length + to.start);
        const at = (index: readonly number[], steps: readonly number[], start: number) =>
          index.reduce((place, i, axis) => place + i * (steps[axis] ?? 0), start);
        eachIndex(shape, (index) => {
          wanted[at(index, target.strides, to.start)] = source[at(index, strides, offset)] ?? Number.NaN;
        });
        expect(Buffer.from(copy.buffer).equals(Buffer.from(wanted.buffer))).toBe(true);
      },
    ),
    { numRuns: 200 },
  );
});

test("a copy keeps every bit of NaN, and gives converted values in all pieces of a long plane", () => {
  // A signaling NaN with a payload, as no computation leaves it.
  const words = Int32Array.from({ length: 30 * 40 }, (_, n) => 0x7f800001 + n);
  const [source, copy] = [new Float32Array(words.buffer), new Float32Array(30 * 40)];
  copyStrided(source, [30, 40], [1, 30], 0, copy, [40, 1]);
  const bits = new Int32Array(copy.buffer);
  expect(Array.from(bits.subarray(0, 41))).toEqual([...Array.from({ length: 40 }, (_, j) => words[30 * j]), words[1]]);
  const ramp = Int16Array.from({ length: 8 * 5000 }, (_, n) => n % 30_000);
  const wide = new Float64Array(8 * 5000);
  copyStrided(ramp, [8, 5000], [-5000, 1], 7 * 5000, wide, [1, 8]);
  expect(wide.every((value, n) => value === ramp[(7 - (n % 8)) * 5000 + Math.floor(n / 8)])).toBe(true);
});

function eachIndex([n0 = 1, n1 = 1, n2 = 1, n3 = 1]: readonly number[], visit: (index: readonly number[]) => void) {
  for (let a = 0; a < n0; a++)
    for (let b = 0; b < n1; b++) for (let c = 0; c < n2; c++) for (let d = 0; d < n3; d++) visit([a, b, c, d]);
}
