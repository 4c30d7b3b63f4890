/** The order in which kernels visit strided samples: memory order. */

/**
 * Up to three nested loops over samples, the innermost last; adjacent loops that form one contiguous run are merged.
 */
export interface Walk {
  readonly start: number;
  readonly counts: readonly [number, number, number];
  readonly steps: readonly [number, number, number];
}

/** A walk over samples in memory order, and the layout of a result that is written in this order without gaps. */
export interface MemoryOrder {
  readonly walk: Walk;
  /** Strides of the result, with the signs of the source's. */
  readonly strides: readonly number[];
  /** Index of the first voxel in the result. */
  readonly offset: number;
}

/** How to visit a strided image of up to three axes in the order of its memory. */
export function memoryOrder(shape: readonly number[], strides: readonly number[], offset: number): MemoryOrder {
  const axes = [...shape.keys()].sort((a, b) => Math.abs(strides[a]!) - Math.abs(strides[b]!));
  const dense = new Array<number>(shape.length).fill(0);
  const loops: { count: number; step: number }[] = [];
  let [start, first, step] = [offset, 0, 1];
  for (const axis of axes) {
    const [n, stride] = [shape[axis]!, strides[axis]!];
    dense[axis] = stride < 0 ? -step : step;
    if (stride < 0) {
      start += (n - 1) * stride;
      first += (n - 1) * step;
    }
    step *= n;
    const inner = loops.at(-1);
    const distance = Math.abs(stride);
    if (n === 1) continue;
    if (inner && inner.step * inner.count === distance) inner.count *= n;
    else loops.push({ count: n, step: distance });
  }
  const [a, b, c] = [0, 1, 2].map((n) => loops[n] ?? { count: 1, step: 0 });
  const walk: Walk = { start, counts: [c!.count, b!.count, a!.count], steps: [c!.step, b!.step, a!.step] };
  return { walk, strides: dense, offset: first };
}
