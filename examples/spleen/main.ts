/** Segments organs with a model in plain TypeScript, and measures Dice and Hausdorff distance of each. See README.md. */
import { memoryStore, tensorOf } from "voxrx";
import { datalist, sections } from "voxrx/datasets";
import {
  asDiscrete,
  batch,
  cacheUntilRandom,
  dice,
  hausdorff95,
  keepLargestConnectedComponent,
  load,
  map,
  orientation,
  prefetch,
  randScaleIntensity,
  scaleIntensityRange,
  shuffle,
  spacing,
  unbatch,
} from "voxrx/operators";
import { writeAbdomenScans } from "./abdomen-scans.ts";
import { organMeans } from "./organ-means.ts";
import { VoxelSoftmax } from "./voxel-softmax.ts";

const organs = ["liver", "spleen"]; // labels 1 and 2
const keys = ["image", "label"] as const;
const scans = datalist(await writeAbdomenScans(".voxrx/abdomen", 12), { labeled: true });
const parts = sections(scans, { rule: "decathlon", valFrac: 0.25 });
const prepared = (part: "training" | "validation") =>
  parts[part].pipe(
    load(keys, { dtype: "float32" }),
    orientation({ keys, axcodes: "RAS" }),
    spacing({ keys, pixdim: [3, 3, 5], mode: ["bilinear", "nearest"] }),
    scaleIntensityRange({ keys: "image", aMin: -57, aMax: 164, bMin: 0, bMax: 1, clip: true }),
    cacheUntilRandom({ store: memoryStore() }),
  );
const training = prepared("training").pipe(
  shuffle(),
  randScaleIntensity({ keys: "image", prob: 0.5, factors: 0.1 }),
  batch(1),
  prefetch(2),
);

const model = new VoxelSoftmax(organs.length + 1);
for (let epoch = 0; epoch < 15; epoch++) {
  let [loss, batches] = [0, 0];
  for await (const { image, label } of training) {
    loss += model.step(image, label);
    batches++;
  }
  if (epoch % 5 === 4) console.log(`epoch ${epoch}: loss ${(loss / batches).toFixed(4)}`);
}

const measured = prepared("validation").pipe(
  batch(1),
  map(async ({ image, label }) => ({ pred: await tensorOf(model.predict(image), { like: image }), label })),
  unbatch(),
  asDiscrete({ keys: "pred", argmax: true }),
  keepLargestConnectedComponent({ keys: "pred" }),
  dice({ numClasses: organs.length + 1, includeBackground: false }),
  hausdorff95({ numClasses: organs.length + 1 }),
);
const found = await measured.toArray();
const scores = organMeans(found.map((scan) => scan.dice));
const distances = organMeans(found.map((scan) => scan.hausdorff95));
for (const [n, organ] of organs.entries()) {
  console.log(`${organ}: Dice ${scores[n]?.toFixed(3)}, Hausdorff 95 % ${distances[n]?.toFixed(1)} mm`);
}
