import fc from "fast-check";
import { expect, test } from "vitest";
import { copyStrided } from "../../src/kernels/copy-strided.ts";
import { gatherLoops } from "../../src/kernels/gather-loops.ts";
import { readTurned, type TurnedSource, turnOf } from "../../src/kernels/turned-image.ts";
import { runsOf } from "../support/long.ts";

const loops = gatherLoops();
const axes = [0, 1, 2] as const;

/** A box of an image with its axes in any order and direction. */
const anyBox = fc
  .record({
    sides: fc.tuple(
      fc.integer({ min: 5, max: 70 }),
      fc.integer({ min: 16, max: 90 }),
      fc.integer({ min: 17, max: 60 }),
    ),
    margin: fc.tuple(fc.nat(9), fc.nat(70), fc.nat(3)),
    order: fc.constantFrom([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]),
    reversed: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    type: fc.constantFrom(Float32Array, Int16Array, Uint8Array),
  })
  .map(({ sides, margin, order, reversed, type }) => {
    const whole = axes.map((axis) => (sides[axis] ?? 0) + (margin[axis] ?? 0));
    const samples = new type(whole.reduce((size, side) => size * side, 1));
    const bits = new Uint8Array(samples.buffer);
    for (let n = 0; n < bits.length; n++) bits[n] = Math.imul(n, 2654435761) >>> 23;
    const strides = [0, 0, 0];
    let [step, from] = [1, 0];
    for (const axis of order) {
      strides[axis] = reversed[axis] ? -step : step;
      from += step * (reversed[axis] ? (sides[axis] ?? 0) - 1 : 0) + step * Math.floor((margin[axis] ?? 0) / 2);
      step *= whole[axis] ?? 0;
    }
    const [x = 0, y = 0, z = 0] = strides;
    return { samples, from, shape: sides, strides: [x, y, z] } satisfies TurnedSource;
  });

test("a box that is turned in memory is the same as one that is copied, bit by bit", () => {
  let turned = 0;
  fc.assert(
    fc.property(anyBox, (box) => {
      const turn = turnOf(box, loops);
      if (!turn) return;
      turned++;
      const [nx, ny, nz] = box.shape;
      const place = { address: 64, row: 4 * (nx + 1), plane: 4 * (nx + 1) * (ny + 1) };
      const end = 64 + place.plane * nz;
      const expected = new Float32Array(end / 4);
      copyStrided(box.samples, box.shape, box.strides, box.from, expected, [1, place.row / 4, place.plane / 4], 16);
      const floats = new Float32Array(loops.reserve(end + turn.bytes));
      floats.fill(0);
      readTurned(box, place, turn, loops, floats, end);
      const bitsOf = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, end);
      expect(bitsOf(floats).equals(bitsOf(expected))).toBe(true);
    }),
    { numRuns: runsOf(300) },
  );
  expect(turned).toBeGreaterThan(loops.transpose ? 10 : -1);
});

test("an image whose rows lie as they are needed is not turned, nor a small one", () => {
  const samples = new Float32Array(2 ** 16);
  const box = { samples, from: 0, shape: [64, 64, 16] as const, strides: [1, 64, 4096] as const };
  expect(turnOf(box, loops)).toBeUndefined();
  expect(turnOf({ ...box, shape: [4, 16, 16], strides: [256, 16, 1] }, loops)).toBeUndefined();
  expect(turnOf({ ...box, strides: [1024, 16, 1] }, {})).toBeUndefined();
});
