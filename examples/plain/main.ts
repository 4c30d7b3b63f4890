/** A trainer in plain TypeScript: a logistic model of each voxel, trained by gradient descent. */
import type { Tensor, Volume } from "voxrx";
import { partition, phantoms } from "voxrx/datasets";
import {
  batch,
  cacheUntilRandom,
  load,
  randCropByPosNegLabel,
  randFlip,
  scaleIntensity,
  shuffle,
} from "voxrx/operators";

const keys = ["image", "label"] as const;
const [some, others] = partition(phantoms({ root: ".voxrx/examples", count: 12 }), { ratios: [5, 1], seed: 0 });
if (!some || !others) throw new Error("a partition with two ratios has two parts");

const scaled = scaleIntensity({ keys: "image", minv: -7, maxv: 3 }); // around 0, where a logistic model learns fast
const training = some.pipe(
  load(keys),
  scaled,
  cacheUntilRandom(),
  shuffle(),
  randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: [24, 24, 24], numSamples: 4 }),
  randFlip({ keys, prob: 0.5, spatialAxis: 0 }),
  batch(8),
);

/** Probability that a voxel is in the foreground, from its gray level: the sigmoid of a line. */
const weights = { slope: 0, offset: 0 };
const probability = (value: number) => 1 / (1 + Math.exp(-(weights.slope * value + weights.offset)));

/** One step on a batch: `data` is row-major, so voxel i of the image is voxel i of the label. */
function step(image: Tensor, label: Tensor, rate: number): number {
  let [loss, slope, offset] = [0, 0, 0];
  for (let i = 0; i < image.data.length; i++) {
    const value = image.data[i] ?? 0;
    const isForeground = (label.data[i] ?? 0) > 0;
    const found = probability(value);
    const error = found - (isForeground ? 1 : 0);
    loss -= Math.log(Math.max(1e-9, isForeground ? found : 1 - found)) / image.data.length;
    slope += (error * value) / image.data.length;
    offset += error / image.data.length;
  }
  weights.slope -= rate * slope;
  weights.offset -= rate * offset;
  return loss;
}

for (let epoch = 0; epoch < 6; epoch++) {
  let [loss, batches] = [0, 0];
  for await (const { image, label } of training) {
    loss += step(image, label, 3);
    batches++;
  }
  console.log(`epoch ${epoch}: loss ${(loss / batches).toFixed(3)}`);
}

/** How well the model finds the foreground of a scan: 1 is all of it and nothing else. */
function dice(image: Volume, label: Volume): number {
  const wanted = label.samples;
  let [both, sum] = [0, 0];
  for (const [i, value] of image.samples.entries()) {
    const isFound = probability(value) > 0.5;
    const isWanted = (wanted[i] ?? 0) > 0;
    both += isFound && isWanted ? 1 : 0;
    sum += (isFound ? 1 : 0) + (isWanted ? 1 : 0);
  }
  return (2 * both) / sum;
}

const scores: number[] = [];
for await (const { image, label } of others.pipe(load(keys), scaled)) {
  scores.push(dice(image, label));
}
console.log(`Dice on scans that it has not seen: ${scores.map((score) => score.toFixed(3)).join(", ")}`);
