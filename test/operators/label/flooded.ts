/** Small masks and labels, and their connected components found the slow way. */
import fc from "fast-check";

export type Shape = readonly [nx: number, ny: number, nz: number];

/** Components of one value but 0, numbered from 1 in the order of their first voxel, x fastest; 0 elsewhere. */
export function flooded(values: ArrayLike<number>, [nx, ny, nz]: Shape, connectivity: number): number[] {
  const labels = new Array<number>(values.length).fill(0);
  const steps = neighbours(connectivity);
  let count = 0;
  for (let start = 0; start < values.length; start++) {
    if (values[start] === 0 || labels[start] !== 0) continue;
    count++;
    const open = [start];
    labels[start] = count;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
      for (const [i, j, k] of steps) {
        if (x + i < 0 || x + i >= nx || y + j < 0 || y + j >= ny || z + k < 0 || z + k >= nz) continue;
        const other = at + i + nx * (j + ny * k);
        if (values[other] !== values[start] || labels[other] !== 0) continue;
        labels[other] = count;
        open.push(other);
      }
    }
  }
  return labels;
}

function neighbours(connectivity: number): Shape[] {
  const steps = [-1, 0, 1];
  return steps
    .flatMap((k) => steps.flatMap((j) => steps.map((i): Shape => [i, j, k])))
    .filter(([i, j, k]) => Math.abs(i) + Math.abs(j) + Math.abs(k) <= connectivity);
}

const anyShape = fc.tuple(
  fc.integer({ min: 1, max: 6 }),
  fc.integer({ min: 1, max: 6 }),
  fc.integer({ min: 1, max: 5 }),
);

function filledWith(value: fc.Arbitrary<number>) {
  return anyShape.chain((shape) => {
    const voxels = shape[0] * shape[1] * shape[2];
    return fc.record({
      shape: fc.constant(shape),
      values: fc.array(value, { minLength: voxels, maxLength: voxels }),
      connectivity: fc.integer({ min: 1, max: 3 }),
    });
  });
}

/** A mask, a third of it foreground. */
export const anyMask = filledWith(fc.constantFrom(0, 0, 1)).map(({ values, ...rest }) => ({
  ...rest,
  mask: Uint8Array.from(values),
}));

/** A label whose values touch each other, dense enough to have holes. */
export const anyLabel = fc.oneof(
  filledWith(fc.constantFrom(0, 1, 2, 3, -4)),
  filledWith(fc.constantFrom(0, 2, 2, 2, 2, 5)),
);
