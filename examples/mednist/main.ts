/** Tells the six classes of MedNIST apart, with TensorFlow.js. See README.md. */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { medNist } from "voxrx/datasets";
import { batch, load, prefetch, randFlip, scaleIntensity, shuffle, toTfjs } from "voxrx/operators";
import { drawImages } from "./drawn-images.ts";

const root = ".voxrx";
await drawImages(root, 40);
const section = (name: "training" | "validation") =>
  medNist({ root, section: name, valFrac: 0.2 }).pipe(load("image"), scaleIntensity({ keys: "image" }));
const training = section("training").pipe(
  shuffle(),
  randFlip({ keys: "image", prob: 0.5, spatialAxis: 0 }),
  batch({ size: 16, layout: "NXYZC" }),
  prefetch(2),
  toTfjs(tf),
);
const validation = section("validation").pipe(batch({ size: 16, layout: "NXYZC" }), prefetch(2), toTfjs(tf));

tf.enableProdMode(); // without the hint at tfjs-node
await tf.setBackend("cpu");
const classes = 6;
const convolution = { strides: 2, padding: "same", activation: "relu" } as const;
const network = sequential({
  layers: [
    layers.conv2d({ inputShape: [64, 64, 1], filters: 8, kernelSize: 5, ...convolution, strides: 4 }),
    layers.conv2d({ filters: 16, kernelSize: 3, ...convolution }),
    layers.conv2d({ filters: 16, kernelSize: 3, ...convolution }),
    layers.flatten(),
    layers.dense({ units: classes, activation: "softmax" }),
  ],
});
network.compile({ optimizer: tf.train.adam(0.003), loss: "categoricalCrossentropy" });

let accuracy = 0;
for (let epoch = 0; epoch < 5; epoch++) {
  let [loss, batches, right, images] = [0, 0, 0, 0];
  for await (const { image, label } of training) {
    const wanted = tf.oneHot(label, classes);
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
