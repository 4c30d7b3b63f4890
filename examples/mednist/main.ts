/** Tells the six classes of MedNIST apart, with TensorFlow.js. See README.md. */
import "@tensorflow/tfjs-backend-wasm";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { medNist } from "voxrx/datasets";
import { batch, load, prefetch, randFlip, scaleIntensity, shuffle, toTfjs } from "voxrx/operators";
import { drawImages } from "./drawn-images.ts";

const { values } = parseArgs({ options: { data: { type: "string" }, download: { type: "boolean", default: false } } });
const { data, download } = values;
const root = data ?? (download ? ".voxrx/mednist" : ".voxrx/drawn");
if (data === undefined && !download) await drawImages(root, 40);

const section = (name: "training" | "validation") =>
  medNist({ root, section: name, download, valFrac: 0.2 }).pipe(load("image"), scaleIntensity({ keys: "image" }));
const training = section("training").pipe(
  shuffle(),
  randFlip({ keys: "image", prob: 0.5, spatialAxis: 0 }),
  batch({ size: 16, layout: "NXYZC" }),
  prefetch(2),
  toTfjs(tf),
);
const validation = section("validation").pipe(batch({ size: 16, layout: "NXYZC" }), prefetch(2), toTfjs(tf));

await tf.setBackend("wasm");
const classes = 6;
// The backend wasm has no gradient of 2D convolutions, so these are 3D ones of depth 1.
const convolution = { strides: [2, 2, 1], padding: "same", activation: "relu" } as const;
const network = sequential({
  layers: [
    layers.reshape({ inputShape: [64, 64, 1], targetShape: [64, 64, 1, 1] }),
    layers.conv3d({ filters: 8, kernelSize: [5, 5, 1], ...convolution, strides: [2, 2, 1] }),
    layers.conv3d({ filters: 16, kernelSize: [3, 3, 1], ...convolution, strides: [2, 2, 1] }),
    layers.conv3d({ filters: 16, kernelSize: [3, 3, 1], ...convolution, strides: [2, 2, 1] }),
    layers.flatten(),
    layers.dense({ units: classes, activation: "softmax" }),
  ],
});
network.compile({ optimizer: tf.train.adam(0.003), loss: "categoricalCrossentropy" });

let accuracy = 0;
for (let epoch = 0; epoch < 5; epoch++) {
  let [loss, batches, right, images] = [0, 0, 0, 0];
  for await (const { image, label } of training) {
    // Of the backend wasm (4.22.0), oneHot(…, "float32") has the bits of integers: it is cast instead.
    const wanted = tf.tidy(() => tf.cast(tf.oneHot(label, classes), "float32"));
    loss += Number(await network.trainOnBatch(image, wanted));
    wanted.dispose();
    batches++;
  }
  for await (const { image, label } of validation) {
    const chosen = tf.tidy(() => tf.argMax(network.apply(image) as tf.Tensor, 1).dataSync());
    right += label.filter((name, n) => name === chosen[n]).length;
    images += label.length;
  }
  accuracy = right / images;
  console.log(`epoch ${epoch}: loss ${(loss / batches).toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)} %`);
}
console.log(accuracy > 0.8 ? "The network tells the classes apart." : "The network does not tell the classes apart.");
