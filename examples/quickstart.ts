/**
 * From an archive to a trainer, for three epochs. Run it with `npm start`; `--data DIR` uses a directory of scans
 * instead.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Dataset, lmdbStore, show } from "voxrx";
import {
  batch,
  cacheUntilRandom,
  download,
  extract,
  flatMap,
  indexed,
  load,
  map,
  orientation,
  prefetch,
  progress,
  randFlip,
  randSpatialCrop,
  scaleIntensity,
  shuffle,
  spacing,
} from "voxrx/operators";
import { chooseInput, labeledScans } from "./quickstart/input.ts";
import { brightVoxels, firstChannels, VoxelLogistic } from "./quickstart/trainer.ts";

// A reader may stop early (`npm start | head`): the rest is still done.
process.stdout.on("error", () => undefined);
process.on("uncaughtException", ({ message }) => {
  console.error(message);
  process.exit(1);
});

const input = await chooseInput(process.argv.slice(2));
await mkdir(input.work, { recursive: true });
const store = lmdbStore(join(input.work, "cache"), { maxBytes: "2GB" });

const scans =
  "scans" in input
    ? Dataset.from(input.scans)
    : Dataset.from([input.archive]).pipe(
        download({ dir: input.work }),
        extract({ dir: input.work }),
        flatMap(({ files }) => labeledScans(files)),
        indexed(),
      );

const keys = ["image", "label"] as const;
const training = scans.pipe(
  load(keys),
  orientation({ keys, axcodes: "RAS" }),
  spacing({ keys, pixdim: input.pixdim, mode: ["bilinear", "nearest"] }),
  scaleIntensity({ keys: "image" }),
  map(input.labeled ? firstChannels : brightVoxels, { name: "label", version: 2 }),
  cacheUntilRandom({ store }),
  shuffle(),
  randSpatialCrop({ keys, roiSize: [48, 48, 48] }),
  randFlip({ keys, prob: 0.5, spatialAxis: 0 }),
  batch({ size: 4, collate: "pad" }),
  prefetch({ buffer: 2, maxBytes: "256MB" }),
);
const watched = training.pipe(progress({ name: "training" }));

const model = new VoxelLogistic();
for (let epoch = 0; epoch < 3; epoch++) {
  const [begun, before] = [performance.now(), await store.stats()];
  let [loss, batches] = [0, 0];
  for await (const { image, label } of watched) {
    loss += model.step(image, label);
    batches++;
  }
  const [ms, after] = [performance.now() - begun, await store.stats()];
  const [found, computed] = [after.hits - before.hits, after.misses - before.misses];
  if (epoch === 0) console.log(found > 0 ? `cache: warm, ${found} scans prepared by an earlier run` : "cache: cold");
  console.log(
    `epoch ${epoch}: loss ${(loss / batches).toFixed(4)}, ${ms.toFixed(0)} ms, ${found} cache hits, ${computed} computed`,
  );
}

console.log(`\nThe plan:\n${watched.explain()}`);
const first = await training.peek();
if (first) {
  const imagePath = join(input.work, "batch.png");
  await show(first).save(imagePath);
  console.log(`\nA batch: ${imagePath}, shape [${first.image.shape}]`);
}
await store.close();
await input.close();
