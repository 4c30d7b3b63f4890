/** What a user trains with takes batches as they are, wherever they were computed. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as ort from "onnxruntime-web";
import { beforeAll, describe, expect, test } from "vitest";
import { Dataset, Volume } from "voxrx";
import * as op from "voxrx/operators";
import { negation } from "../support/onnx-model.ts";
import { onThreads } from "../support/worker-program.ts";

const scans = Array.from({ length: 4 }, (_, n) => ({
  image: new Volume({ data: Int16Array.from({ length: 12 ** 3 }, (_, at) => n * at), shape: [1, 12, 12, 12] }),
}));

async function batchesWith(workers: number) {
  const dataset = Dataset.from(scans, { seed: 1 }).pipe(
    op.scaleIntensity({ keys: "image" }),
    op.randSpatialCrop({ keys: "image", roiSize: [8, 8, 8] }),
    op.gaussianSmooth({ keys: "image" }),
    op.parallel(onThreads(workers)),
    op.batch(2),
  );
  const batches = await dataset.toArray();
  expect(batches).toHaveLength(2);
  return batches;
}

describe.each([0, 2])("a batch, with %i workers,", (workers) => {
  beforeAll(() => tf.setBackend("cpu"));

  test("is a tensor of TensorFlow.js", async () => {
    for (const { image } of await batchesWith(workers)) {
      const before = [...image.data];
      const negative = tf.tidy(() => tf.neg(tf.tensor(image.data, [...image.shape], "float32")));
      expect([...(await negative.data())]).toEqual(before.map((value) => -value));
      negative.dispose();
      expect([...image.data]).toEqual(before);
    }
  });

  test("is the input of a network of ONNX Runtime", async () => {
    const session = await ort.InferenceSession.create(negation(5));
    for (const { image } of await batchesWith(workers)) {
      const before = [...image.data];
      const { y } = await session.run({ x: new ort.Tensor("float32", image.data, image.shape) });
      expect(y?.dims).toEqual([2, 1, 8, 8, 8]);
      expect([...((await y?.getData()) ?? [])]).toEqual(before.map((value) => -value));
    }
    await session.release();
  });
});
