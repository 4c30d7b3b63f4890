/** Trains a small 3D network with jax-js, and measures it on scans that it has not seen. See README.md. */
import "./node20-navigator.ts";
import { defaultDevice, init, jit, lax, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";
import { type Tensor, tensorOf } from "voxrx";
import { phantoms, sections } from "voxrx/datasets";
import {
  asDiscrete,
  batch,
  centerSpatialCrop,
  dice,
  load,
  map,
  prefetch,
  randCropByPosNegLabel,
  scaleIntensityRange,
  shuffle,
  unbatch,
} from "voxrx/operators";

await init("wasm");
defaultDevice("wasm");

const keys = ["image", "label"] as const;
const parts = sections(phantoms({ root: ".voxrx", count: 10 }), { rule: "decathlon", valFrac: 0.2 });
const prepared = (part: "training" | "validation") =>
  parts[part].pipe(
    load(keys),
    scaleIntensityRange({ keys: "image", aMin: 500, aMax: 900, bMin: -1, bMax: 1, clip: true }),
    asDiscrete({ keys: "label", threshold: 1 }), // 1 where there is any label, 0 elsewhere
  );
const training = prepared("training").pipe(
  shuffle(),
  randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: 16, numSamples: 2 }),
  batch(4),
  prefetch(2),
);
const validation = prepared("validation").pipe(centerSpatialCrop({ keys, roiSize: 40 }), batch(1));

type Weights = { first: np.Array; second: np.Array }; // convolutions of 3 x 3 x 3 and of a single voxel
const kernel = (seed: number, shape: number[]) => random.normal(random.key(seed), shape).mul(0.3);
let weights: Weights = { first: kernel(0, [8, 1, 3, 3, 3]), second: kernel(1, [1, 8, 1, 1, 1]) };

const logitsOf = ({ first, second }: Weights, image: np.Array) =>
  lax.conv(nn.relu(lax.conv(image, first, [1, 1, 1], "SAME")), second, [1, 1, 1], "SAME");

/** Mean cross-entropy of a voxel: softplus(x) - x y. `.ref`, since jax-js frees an array when a function has taken it. */
function lossOf(each: Weights, image: np.Array, label: np.Array): np.Array {
  const logits = logitsOf(each, image);
  return nn.softplus(logits.ref).sub(logits.mul(label)).mean();
}

const lossAndGradient = jit(valueAndGrad(lossOf));
const predict = jit(logitsOf);
const arrayOf = ({ data, shape }: Tensor) => np.array(Float32Array.from(data), { shape: [...shape] });

for (let epoch = 0; epoch < 6; epoch++) {
  let [sum, batches] = [0, 0];
  for await (const { image, label } of training) {
    const [loss, gradient] = lossAndGradient(tree.ref(weights), arrayOf(image), arrayOf(label));
    weights = tree.map((weight: np.Array, slope: np.Array) => weight.sub(slope), weights, gradient); // rate 1
    sum += (await loss.data())[0] ?? Number.NaN;
    batches++;
  }
  console.log(`epoch ${epoch}: loss ${(sum / batches).toFixed(3)}`);
}

const measured = validation.pipe(
  map(async ({ image, label }) => {
    const logits = predict(tree.ref(weights), arrayOf(image));
    return { pred: await tensorOf(logits, { like: image }), label };
  }),
  unbatch(),
  asDiscrete({ keys: "pred", threshold: 0 }),
  dice(),
);
const scores = (await measured.toArray()).map((scan) => scan.dice[0] ?? Number.NaN);
const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
console.log(`Dice of scans that it has not seen: ${mean.toFixed(3)}`);
console.log(mean > 0.8 ? "The network has learned." : "The network has not learned.");
