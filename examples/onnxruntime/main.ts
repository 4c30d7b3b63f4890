/** Predicts with ONNX Runtime in sliding windows, and saves labels that lie on the scans. See README.md. */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import * as ort from "onnxruntime-web";
import { Dataset, readHeader, readVolume, tensorOf } from "voxrx";
import { phantoms } from "voxrx/datasets";
import {
  asDiscrete,
  batch,
  dice,
  hausdorff95,
  invert,
  load,
  map,
  orientation,
  prefetch,
  save,
  scaleIntensityRange,
  slidingWindow,
  spacing,
  stitch,
  unbatch,
} from "voxrx/operators";
import { meanFilterModel } from "./mean-filter-model.ts";

const { values } = parseArgs({ options: { model: { type: "string" } } });
const model = values.model === undefined ? meanFilterModel(0.65) : new Uint8Array(await readFile(values.model));
const session = await ort.InferenceSession.create(model);

const scans = phantoms({ root: ".voxrx", count: 3 });
const predictions = scans.pipe(
  load("image", { dtype: "float32" }),
  orientation({ keys: "image", axcodes: "RAS" }),
  spacing({ keys: "image", pixdim: 1.25 }),
  scaleIntensityRange({ keys: "image", aMin: 0, aMax: 1000, bMin: 0, bMax: 1, clip: true }),
  slidingWindow({ keys: "image", roiSize: [32, 32, 32], overlap: 0.25, mode: "gaussian" }),
  batch(4),
  prefetch(2),
  map(async ({ image }) => {
    const { logits } = await session.run({ image: new ort.Tensor(image.dtype, image.data, image.shape) });
    if (!logits) throw new Error("the model has no output named logits");
    return { image, pred: await tensorOf(logits, { like: image }) };
  }),
  unbatch(),
  stitch({ keys: ["image", "pred"] }), // whole scans again
  asDiscrete({ keys: "pred", argmax: true, dtype: "uint8" }),
  invert({ keys: "pred", origKey: "image" }), // onto the voxels of the file
  save({ keys: "pred", dir: ".voxrx/predictions" }),
);

const saved: string[] = [];
for await (const { pred } of predictions) {
  const path = String(pred.meta.savedTo); // one file
  const again = await readVolume(path);
  if (!again.samples.every((label, at) => label === pred.samples[at])) throw new Error(`${path} is not what was saved`);
  saved.push(path);
}
await session.release();

const pairs = (await scans.toArray()).map((scan, n) => ({ ...scan, pred: saved[n] ?? "" }));
const measured = Dataset.from(pairs).pipe(
  load(["label", "pred"]),
  asDiscrete({ keys: "label", threshold: 1 }), // 1 where there is any label, 0 elsewhere
  dice(),
  hausdorff95(),
);
for await (const { image, pred, dice: scores, hausdorff95: distances } of measured) {
  const { shape, affine } = await readHeader(image);
  const isOnScan = String(pred.spatialShape) === String(shape.slice(1)) && String(pred.affine) === String(affine);
  console.log(`${pred.meta.source}: ${isOnScan ? "on the grid of the scan" : "ON ANOTHER GRID"}`);
  console.log(`  Dice ${scores[0]?.toFixed(3)}, Hausdorff 95 % ${distances[0]?.toFixed(2)} mm`);
  if (!isOnScan || !((scores[0] ?? 0) > 0.8)) throw new Error("the prediction is not what was expected");
}
console.log("All predictions lie on their scans.");
