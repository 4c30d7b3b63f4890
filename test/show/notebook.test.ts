import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Dataset, memoryStore, originOf, Volume } from "voxrx";
import { batch, cacheUntilRandom, filter, map, orientation, randFlip } from "voxrx/operators";
import { stackVolumes } from "../../src/volume/tensor.ts";
import { unreadSamples } from "../../src/volume/unread.ts";
import { head, straight } from "../support/shown.ts";

const image = head([12, 10, 8], straight(1, 1, 1.25)).withMeta({
  source: "https://me:secret@x.org/a/scan.nii.gz?token=1",
});
const display = Symbol.for("Jupyter.display");

/** What a notebook would show, as Deno's kernel asks for it. */
async function shown(value: unknown): Promise<Record<string, string>> {
  const method: unknown = typeof value === "object" && value !== null ? Reflect.get(value, display) : undefined;
  if (typeof method !== "function") throw new Error("no display");
  return method.call(value);
}

function isPng(base64 = ""): boolean {
  return Buffer.from(base64, "base64").subarray(1, 4).toString() === "PNG";
}

describe("one line", () => {
  test("of volumes, tensors and datasets", () => {
    expect(inspect(image)).toBe("Volume 1 x 12 x 10 x 8 float32, 1 x 1 x 1.25 mm, RAS, scan.nii.gz");
    expect(inspect({ image })).toBe(`{\n  image: ${inspect(image)}\n}`);
    const tensor = stackVolumes([image, image], { layout: "NCXYZ", pad: false, padValue: 0, padMethod: "end" });
    expect(inspect(tensor)).toBe("Tensor 2 x 1 x 12 x 10 x 8 float32 NCXYZ");
    expect(inspect(image.toTensor())).toBe("Tensor 1 x 12 x 10 x 8 float32 CXYZ");
    const dataset = Dataset.from([{ image }]).pipe(orientation({ keys: "image", axcodes: "RAS" }), batch(2));
    expect(inspect(dataset)).toBe("Dataset of 1 item: from, orientation, batch (explain() shows the plan)");
    expect(inspect(dataset.pipe(filter(() => true)))).toMatch(/^Dataset: from, orientation, batch, filter/);
    let long: Dataset<number> = Dataset.from([1]);
    for (let n = 0; n < 20; n++) long = long.pipe(map((value: number) => value + n));
    expect(inspect(long)).toMatch(/^Dataset of 1 item: from(, map){5}, …, map \(explain/);
  });

  test("reads no samples", () => {
    let reads = 0;
    const data = unreadSamples({
      shape: [1, 2, 2, 2],
      dtype: "uint8",
      read() {
        reads++;
        return new Uint8Array(8);
      },
    });
    const unread = new Volume({ data, shape: [1, 2, 2, 2], strides: [8, 4, 2, 1] });
    expect(inspect(unread)).toBe("Volume 1 x 2 x 2 x 2 uint8, 1 x 1 x 1 mm, RAS");
    expect(reads).toBe(0);
    expect(unread.get(0, 0, 0, 0)).toBe(0);
    expect(reads).toBe(1);
  });
});

describe("notebooks", () => {
  test("show volumes, tensors, items and batches as images", async () => {
    const items = Dataset.from([{ image, name: "a" }]).pipe(map((item) => ({ ...item })));
    const [item] = await items.toArray();
    const [batched] = await items.pipe(batch(1)).toArray();
    const last = await items.asIndexed().at(-1);
    for (const value of [image, image.toTensor(), image.toTensor({ layout: "NCXYZ" }), item, batched, last]) {
      const bundle = await shown(value);
      expect(isPng(bundle["image/png"])).toBe(true);
      expect(bundle["text/plain"]).toMatch(/^(Volume|Tensor|Item with image, name)/);
    }
  });

  test("show the plan of a dataset and its first item, and count no run", async () => {
    const dataset = Dataset.from([{ image }]).pipe(map((item) => item, { name: "<b>" }));
    const bundle = await shown(dataset);
    expect(bundle["text/plain"]).toBe(dataset.explain());
    expect(bundle["text/html"]).toContain("&#60;b&#62;");
    const [, base64] = bundle["text/html"]?.match(/<img src="data:image\/png;base64,([^"]+)" width="\d+"/) ?? [];
    expect(isPng(base64)).toBe(true);
    expect(dataset.explain()).toContain("epoch 0 is next");
  });

  test("show the error of an item that fails, and never throw", async () => {
    const failing = Dataset.from([1]).pipe(
      map((): { image: Volume } => {
        throw new Error("no such <scan>");
      }),
    );
    const bundle = await shown(failing);
    expect(bundle["text/plain"]).toContain("no such <scan>");
    expect(bundle["text/html"]).toContain("no such &#60;scan&#62;");
    expect((await shown(Dataset.from([1, 2])))["text/plain"]).toContain("a number has no image to show");
    expect((await shown(Dataset.from([])))["text/html"]).toContain("empty");
    const empty = new Volume({ data: new Uint8Array(0), shape: [1, 0, 2, 2] });
    expect((await shown(empty))["text/plain"]).toMatch(/^Volume 1 x 0 x 2 x 2 uint8.*no voxel to show/s);
  });
});

describe("a display is no part of an item", () => {
  const items = Dataset.from([{ image, n: 1 }]).pipe(map((item) => ({ ...item })));

  test("copies, keys and comparisons don't see it", async () => {
    const [item] = await items.toArray();
    expect(item && Reflect.has(item, display)).toBe(true);
    expect(Object.keys(item ?? {})).toEqual(["image", "n"]);
    expect(item).toStrictEqual({ image, n: 1 });
    expect(Reflect.ownKeys({ ...item })).toEqual(["image", "n"]);
  });

  test("records without images, and frozen ones, stay as they are", async () => {
    const frozen = Object.freeze({ image });
    const [plain, ice] = await Dataset.from<object>([{ path: "a.nii" }, frozen]).toArray();
    expect(Reflect.ownKeys(plain ?? {})).toEqual(["path"]);
    expect(Reflect.ownKeys(ice ?? {})).toEqual(["image"]);
  });

  test("an item that left one dataset can be cached by another", async () => {
    const [item] = await items.toArray();
    if (!item) throw new Error("no item");
    const tensor = image.toTensor();
    const again = Dataset.from([{ ...item, inner: item, tensor }]).pipe(cacheUntilRandom({ store: memoryStore() }));
    const [first] = await again.toArray();
    expect(first?.n).toBe(1);
    expect(first?.inner.n).toBe(1);
  });

  test("what was drawn is still known", async () => {
    const [item] = await items.pipe(randFlip({ keys: "image", prob: 1 })).toArray();
    expect(originOf(item ?? {})?.draws).toHaveLength(1);
  });
});
