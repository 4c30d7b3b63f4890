/** Works on stores: a pipeline with a cache. */
import { join } from "node:path";
import { cacheUntilRandom } from "../../operators/cache/cache-until-random.ts";
import { shiftIntensity } from "../../operators/intensity/shift-intensity.ts";
import { chunking } from "../../src/cache/codec/chunk-grid.ts";
import { lmdbStore } from "../../src/cache/lmdb/lmdb-store.ts";
import { memoryStore } from "../../src/cache/memory-store.ts";
import type { Store } from "../../src/cache/store.ts";
import { tieredStore } from "../../src/cache/tiered-store.ts";
import { Dataset } from "../../src/dataset.ts";
import { Volume } from "../../src/volume/volume.ts";
import type { Say, WorkOptions } from "./kill-works.ts";

/** How many items a store gets. */
export const cachedItems = 12;
const shift = 0.5;

/** Caches on disk. */
export const fillCache = (dir: string, { maxBytes = 2 ** 30 }: WorkOptions, say: Say) =>
  fill(lmdbStore(join(dir, "store"), { maxBytes }), say);

/** Caches in memory and on disk. */
export const fillTiered = (dir: string, { maxBytes = 2 ** 30 }: WorkOptions, say: Say) =>
  fill(tieredStore(memoryStore({ maxBytes: 200_000 }), lmdbStore(join(dir, "store"), { maxBytes })), say);

/** Says the number of each item that is right. */
async function fill(store: Store, say: Say): Promise<void> {
  // The larger ones are cut.
  Object.assign(chunking, { leastBytes: 100_000, longestSideInPlane: 64 });
  const items = Array.from({ length: cachedItems }, (_, n) => itemOf(n));
  const cached = Dataset.from(items).pipe(
    shiftIntensity({ keys: "image", offset: shift }),
    cacheUntilRandom({ store }),
  );
  for await (const { n, image } of cached) say(isRight(n, image) ? n : `wrong ${n}`);
  await store.close();
}

/** An item of some 20 or 200 kB. */
function itemOf(n: number): { readonly n: number; readonly image: Volume } {
  const side = n % 4 === 3 ? 224 : 70;
  const data = Float32Array.from({ length: side * side }, (_, i) => n + i);
  return { n, image: new Volume({ data, shape: [1, side, side] }) };
}

function isRight(n: number, { samples }: Volume): boolean {
  const { length } = itemOf(n).image.samples;
  return samples.length === length && samples.every((sample, i) => sample === n + i + shift);
}
