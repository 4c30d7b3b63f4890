/** Works that write files, over those of an earlier version where there are any. */
import { join } from "node:path";
import { save } from "../../operators/io/save.ts";
import { writeShards } from "../../operators/io/write-shards.ts";
import { Dataset } from "../../src/dataset.ts";
import { saveImage } from "../../src/format/save-image.ts";
import { Volume } from "../../src/volume/volume.ts";
import type { Say, WorkOptions } from "./kill-works.ts";

/** How many items are written to shards at most. */
export const shardItems = 10;
const itemsOfAShard = 3;
const imageCount = 3;

/** Writes shards; a later version has fewer. */
export async function fillShards(dir: string, { version = 1 }: WorkOptions, say: Say): Promise<void> {
  const items = Array.from({ length: shardItems - version }, (_, n) => shardItem(n, version));
  const written = Dataset.from(items, { id: (_, n) => `case${n}` }).pipe(
    writeShards({ dir, maxCount: itemsOfAShard, overwrite: true }),
  );
  for await (const { n } of written) say(n);
}

/** An item of a shard. */
export function shardItem(n: number, version: number) {
  return { n, note: `version ${version} of ${n}`, raw: new Uint8Array(3_000 + 100 * n * version).fill(n + version) };
}

/** Saves images as NIfTI and as pictures, one for each slice. */
export async function saveImages(dir: string, { version = 1 }: WorkOptions, say: Say): Promise<void> {
  const items = Array.from({ length: imageCount }, (_, n) => ({ n, image: imageOf(n, version) }));
  for await (const { n, image } of Dataset.from(items, { id: (_, n) => `case${n}` }).pipe(
    save({ keys: "image", dir }),
  )) {
    say(n);
    await saveImage(image, join(dir, `case${n}.png`), { range: [0, 5_000] });
    say(n);
  }
}

function imageOf(n: number, version: number): Volume {
  const data = Int16Array.from({ length: 6_000 }, (_, i) => (i * version + n) % 5_000);
  return new Volume({ data, shape: [1, 50, 40, 3] });
}
