/** What the items of a run take, drawn once: all ways and numbers of machines have the same items. */
import { normalNoise } from "../data/normal-noise.ts";
import type { ScaleParameters } from "./scale-parameters.ts";

/** Items that a worker reads before it computes them. */
const readAhead = 8;

/** Some items of a block, which are read, computed and written together: their size is a multiple of a mean item. */
export interface BlockWork {
  readonly groups: readonly number[];
  readonly items: number;
}

/** The blocks of all items, in order. */
export function blocksOf({
  items,
  blockSize,
  spread,
  seed,
}: Pick<ScaleParameters, "items" | "blockSize" | "spread" | "seed">): BlockWork[] {
  const noise = normalNoise(seed + 1);
  const blocks: BlockWork[] = [];
  for (let first = 0; first < items; first += blockSize) {
    const count = Math.min(blockSize, items - first);
    const groups: number[] = [];
    for (let n = 0; n < count; n++) {
      // The mean of a log-normal is 1 where that of its logarithm is half its variance below 0.
      const size = Math.exp(spread * noise() - spread ** 2 / 2);
      const group = Math.floor(n / readAhead);
      groups[group] = (groups[group] ?? 0) + size;
    }
    blocks.push({ groups, items: count });
  }
  return blocks;
}

/** The sum of the sizes of a block. */
export function sizeOf({ groups }: BlockWork): number {
  return groups.reduce((sum, size) => sum + size, 0);
}
