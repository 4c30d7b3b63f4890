/** Trains a small 3D network with TensorFlow.js, on patches of scans that VoxRx prepares. See README.md. */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { memoryStore } from "voxrx";
import { phantoms } from "voxrx/datasets";
import {
  asDiscrete,
  batch,
  cacheUntilRandom,
  load,
  orientation,
  prefetch,
  randCropByPosNegLabel,
  randFlip,
  scaleIntensityRange,
  shuffle,
  toTfjs,
} from "voxrx/operators";

const keys = ["image", "label"] as const;
const training = phantoms({ root: ".voxrx", count: 8 }).pipe(
  load(keys),
  orientation({ keys, axcodes: "RAS" }),
  scaleIntensityRange({ keys: "image", aMin: 500, aMax: 900, bMin: -1, bMax: 1, clip: true }),
  asDiscrete({ keys: "label", threshold: 1 }), // 1 where there is any label, 0 elsewhere
  cacheUntilRandom({ store: memoryStore() }), // everything above is computed once
  shuffle(),
  randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: 16, numSamples: 2 }),
  randFlip({ keys, prob: 0.5, spatialAxis: 0 }),
  batch({ size: 4, layout: "NXYZC" }), // the order of axes that conv3d takes
  prefetch(2),
  toTfjs(tf), // last: its tensors are disposed when the next batch is requested
);

tf.enableProdMode(); // without the hint at tfjs-node
await tf.setBackend("cpu");
const network = sequential({
  layers: [
    layers.conv3d({ inputShape: [16, 16, 16, 1], filters: 8, kernelSize: 3, padding: "same", activation: "relu" }),
    layers.conv3d({ filters: 8, kernelSize: 3, padding: "same", activation: "relu" }),
    layers.conv3d({ filters: 1, kernelSize: 1 }),
  ],
});
network.compile({ optimizer: tf.train.adam(0.01), loss: crossEntropy });

/** Cross-entropy of voxels, from logits: max(x, 0) - x y + log(1 + exp(-|x|)). */
function crossEntropy(label: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  const rest = tf.log1p(tf.exp(tf.neg(tf.abs(logits))));
  return tf.mean(tf.add(tf.sub(tf.relu(logits), tf.mul(logits, label)), rest));
}

const losses: number[] = [];
for (let epoch = 0; epoch < 6; epoch++) {
  let [sum, batches] = [0, 0];
  for await (const { image, label } of training) {
    sum += Number(await network.trainOnBatch(image, label));
    batches++;
  }
  losses.push(sum / batches);
  console.log(`epoch ${epoch}: loss ${losses.at(-1)?.toFixed(3)}, ${tf.memory().numTensors} tensors`);
}
const [first = 0, last = 0] = [losses[0], losses.at(-1)];
console.log(last < first / 2 ? "The network has learned." : "The network has not learned.");
