import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { batch, spacing, zoom } from "voxrx/operators";
import { ramp } from "../support/volumes.ts";

test("options for each field stay with their field where an earlier one is missing", async () => {
  const keys = ["t1", "t2", "label"] as const;
  const items: Dataset<{ t1?: never; t2: ReturnType<typeof ramp>; label: ReturnType<typeof ramp> }> = Dataset.from([
    { t2: ramp([1, 4, 4, 4], "float32"), label: ramp([1, 4, 4, 4], "uint8") },
  ]);
  for (const operator of [
    spacing({ keys, allowMissingKeys: true, pixdim: 2, mode: ["bilinear", "bilinear", "nearest"] }),
    zoom({ keys, allowMissingKeys: true, zoom: 0.5, keepSize: false, mode: ["area", "trilinear", "nearest"] }),
  ]) {
    const [item] = await items.pipe(operator as never).toArray();
    expect(item).toMatchObject({ t2: { dtype: "float32" }, label: { dtype: "uint8" } });
  }
});

test("a record where a volume was expected is described by its fields", async () => {
  const records = Dataset.from([{ image: ramp([1, 2, 2, 2], "uint8"), age: 41 }]);
  await expect(records.pipe(zoom({ zoom: 2 }) as never).toArray()).rejects.toThrow(
    "the item is a record with image, age, not a volume",
  );
});

test("an operator on volumes that comes after batch is told to come before it", async () => {
  const batches = Dataset.from([{ image: ramp([1, 2, 2, 2], "uint8") }]).pipe(batch(1));
  await expect(batches.pipe(zoom({ keys: "image", zoom: 2 }) as never).toArray()).rejects.toThrow(
    /field "image" is the tensor of a batch, not a volume .* Put the operator before batch, or unbatch\(\)/,
  );
});
