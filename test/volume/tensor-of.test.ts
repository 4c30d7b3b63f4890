import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as fc from "fast-check";
import * as ort from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { Dataset, type TensorLayout, tensorOf, Volume, volumeAt } from "voxrx";
import * as op from "voxrx/operators";
import { negation } from "../support/onnx-model.ts";
import { thrown } from "../support/thrown.ts";

const affine = [2, 0, 0, 10, 0, 3, 0, 20, 0, 0, 4, 30, 0, 0, 0, 1];
const scan = (shape: [number, number, number, number], affineOf = affine) =>
  new Volume({
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, n) => n),
    shape,
    affine: affineOf,
  });

async function batchOf(volumes: readonly Volume[], layout: TensorLayout = "NCXYZ") {
  const [batch] = await Dataset.from(volumes.map((image) => ({ image })))
    .pipe(op.batch({ size: volumes.length, layout, collate: "pad" }))
    .toArray();
  if (!batch) throw new Error("no batch");
  return batch.image;
}

describe("tensorOf", () => {
  test("takes the geometry of the input, whatever was padded, and the output's own channels", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom<TensorLayout>("NCXYZ", "NCZYX", "NXYZC", "NZYXC"),
        async (sizes, channels, layout) => {
          const volumes = sizes.map(([x, y]) => scan([1, x, y, 2]));
          const like = await batchOf(volumes, layout);
          const at = layout.indexOf("C");
          const shape = like.shape.map((n, axis) => (axis === at ? channels : n));
          const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, n) => n);
          const tensor = await tensorOf({ data, shape }, { like });
          expect(tensor.data).toBe(data);
          for (const [n, volume] of volumes.entries()) {
            const made = volumeAt(tensor, n);
            expect(made.shape).toEqual([channels, ...volume.spatialShape]);
            expect(made.affine).toEqual(like.items[n] && volumeAt(like, n).affine);
          }
        },
      ),
    );
  });

  test("of a tensor of ONNX Runtime: what goes through a network comes back where it was", async () => {
    const session = await ort.InferenceSession.create(negation(5));
    const volumes = [scan([1, 2, 3, 2]), scan([1, 3, 2, 2])];
    const batches = Dataset.from(volumes.map((image) => ({ image }))).pipe(op.batch({ size: 2, collate: "pad" }));
    const pred = batches.pipe(
      op.map(async ({ image }) => {
        const { y } = await session.run({ x: new ort.Tensor("float32", image.data, image.shape) });
        if (!y) throw new Error("no output");
        return { pred: await tensorOf(y, { like: image }) };
      }),
      op.unbatch(),
    );
    const made = (await pred.toArray()).map(({ pred: { samples, affine: at } }) => [[...samples], at]);
    expect(made).toEqual(volumes.map((volume) => [[...volume.samples].map((n) => -n), volume.affine]));
    await session.release();
  });

  test("of tensors of toOrt and toTfjs, which know the geometry that they came from", async () => {
    const batches = Dataset.from([{ image: scan([1, 2, 2, 2]) }]).pipe(op.batch(1));
    for await (const { image } of batches.pipe(op.toOrt(ort)))
      expect(volumeAt(await tensorOf(image, { like: image }), 0).affine).toEqual(scan([1, 2, 2, 2]).affine);
    await tf.setBackend("cpu");
    for await (const { image } of batches.pipe(op.toTfjs(tf))) {
      const negative = tf.neg(image);
      const tensor = await tensorOf(negative, { like: image });
      expect([...tensor.data]).toEqual([...scan([1, 2, 2, 2]).samples].map((n) => -n));
      expect(tensor.data).toBe(await negative.data());
      negative.dispose();
    }
  });

  test("of labels: bool is uint8, 64-bit integers are int32, and the axis of one channel may be missing", async () => {
    const like = await batchOf([scan([2, 2, 1, 1])]);
    const argmax = new ort.Tensor("int64", BigInt64Array.of(1n, -3n), [1, 2, 1, 1]);
    const tensor = await tensorOf(argmax, { like });
    expect([tensor.shape, tensor.dtype, [...tensor.data]]).toEqual([[1, 1, 2, 1, 1], "int32", [1, -3]]);
    const mask = new ort.Tensor("bool", Uint8Array.of(1, 0), [1, 1, 2, 1, 1]);
    expect(await tensorOf(mask, { like })).toMatchObject({ dtype: "uint8" });
  });

  test("awaits the data of an output on a GPU", async () => {
    const like = await batchOf([scan([1, 2, 1, 1])]);
    const output = {
      dims: [1, 1, 2, 1, 1],
      get data(): never {
        throw new Error("The data is not on CPU.");
      },
      getData: async () => Float32Array.of(1, 2),
    };
    expect([...(await tensorOf(output, { like })).data]).toEqual([1, 2]);
  });

  test("refuses what does not fit, and says both shapes", async () => {
    const like = await batchOf([scan([1, 4, 4, 4])]);
    const half = await thrown(() => tensorOf({ data: new Float32Array(8), shape: [1, 1, 2, 2, 2] }, { like }));
    expect(half).toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "tensorOf" });
    expect(half.message).toContain("[1,1,2,2,2]");
    expect(half.message).toContain("[1,1,4,4,4]");
    const shape = [1, 1, 4, 4, 4];
    const short = await thrown(() => tensorOf({ data: new Float32Array(63), shape }, { like }));
    expect(short).toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
    const texts = await thrown(() => tensorOf({ data: ["a"], shape }, { like }));
    expect(texts).toMatchObject({ code: "VOXRX_WRONG_FIELD" });
    const data = BigInt64Array.from({ length: 64 }, () => 2n ** 31n);
    expect(await thrown(() => tensorOf({ data, shape }, { like }))).toMatchObject({ code: "VOXRX_VALUE_RANGE" });
    const unknown = await thrown(() => tensorOf({ data, shape }, { like: { dispose: () => undefined } }));
    expect(unknown).toMatchObject({ code: "VOXRX_BAD_OPTION" });
    const named: Record<string, { data: Float32Array; shape: number[] }> = JSON.parse("{}");
    const absent = await thrown(() => Reflect.apply(tensorOf, undefined, [named.logits, { like }]));
    expect(absent).toMatchObject({ code: "VOXRX_BAD_OPTION", message: expect.stringContaining("names of the model") });
  });
});
