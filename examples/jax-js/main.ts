/** Trains a small 3D network with jax-js, and measures it on scans that it has not seen. See README.md. */
import "./node20-navigator.ts";
import { defaultDevice, init, jit, lax, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";
import { Dataset, type Tensor, tensorOf } from "voxrx";
import {
  asDiscrete,
  batch,
  dice,
  map,
  normalizeIntensity,
  prefetch,
  randAxisFlip,
  shuffle,
  unbatch,
} from "voxrx/operators";
import { sphereScan } from "./sphere-scans.ts";

await init("wasm");
defaultDevice("wasm");

const keys = ["image", "label"] as const;
const scans = (from: number, to: number) =>
  Dataset.from(Array.from({ length: to - from }, (_, n) => from + n)).pipe(
    map(sphereScan),
    normalizeIntensity({ keys: "image" }),
  );
const training = scans(0, 12).pipe(shuffle(), randAxisFlip({ keys, prob: 0.5 }), batch(4), prefetch(2));
const validation = scans(12, 16).pipe(batch(2));

// Two convolutions of 3 x 3 x 3, and one of a single voxel. jax-js frees an array when a function has taken it: `.ref`
// says that it is used once more.
type Weights = { first: np.Array; second: np.Array; last: np.Array };
const kernel = (seed: number, shape: number[]) =>
  random.normal(random.key(seed), shape).mul(Math.sqrt(2 / shape.slice(1).reduce((product, n) => product * n, 1)));
let weights: Weights = {
  first: kernel(0, [6, 1, 3, 3, 3]),
  second: kernel(1, [6, 6, 3, 3, 3]),
  last: kernel(2, [1, 6, 1, 1, 1]),
};

function logitsOf({ first, second, last }: Weights, image: np.Array): np.Array {
  const hidden = nn.relu(lax.conv(image, first, [1, 1, 1], "SAME"));
  return lax.conv(nn.relu(lax.conv(hidden, second, [1, 1, 1], "SAME")), last, [1, 1, 1], "SAME");
}

/** Mean cross-entropy of a voxel: softplus(x) - x y. */
function lossOf(each: Weights, image: np.Array, label: np.Array): np.Array {
  const logits = logitsOf(each, image);
  return nn.softplus(logits.ref).sub(logits.mul(label)).mean();
}

const lossAndGradient = jit(valueAndGrad(lossOf));
const predict = jit(logitsOf);
const arrayOf = ({ data, shape }: Tensor) => np.array(Float32Array.from(data), { shape: [...shape] });

const losses: number[] = [];
for (let epoch = 0; epoch < 6; epoch++) {
  let [sum, batches] = [0, 0];
  for await (const { image, label } of training) {
    const [loss, gradient] = lossAndGradient(tree.ref(weights), arrayOf(image), arrayOf(label));
    weights = tree.map((weight: np.Array, slope: np.Array) => weight.sub(slope.mul(0.1)), weights, gradient);
    sum += (await loss.data())[0] ?? Number.NaN;
    batches++;
  }
  losses.push(sum / batches);
  console.log(`epoch ${epoch}: loss ${losses.at(-1)?.toFixed(3)}`);
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
console.log((losses.at(-1) ?? 1) < (losses[0] ?? 0) / 2 ? "The network has learned." : "The network has not learned.");
