import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dataset, type IndexedOperator, memoryStore, readVolume, Volume, writeNifti } from "voxrx";
import { cacheUntilRandom, load } from "voxrx/operators";
import { digest, expectReference, image, monaiRows, relative } from "../../support/monai-reference.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";
import { transformOf } from "../../support/transform-of.ts";

let folder: string;

const at = (name: string) => join(folder, name);

const record = () => ({ image: at("image.nii.gz"), label: at("label.nii"), subject: "s01" });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voxrx-load-"));
  const write = (name: string, data: Float64Array | Int16Array) =>
    writeNifti(new Volume({ data, shape: [1, 2, 1, 1], layout: "x-fastest" }), join(folder, name));
  await write("image.nii.gz", Float64Array.of(0.5, 1.5));
  await write("label.nii", Int16Array.of(3, 4));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("load", () => {
  test("turns the named fields into volumes and keeps the others", async () => {
    const item = await Dataset.from([record()])
      .pipe(load(["image", "label"]))
      .at(0);
    expect([...item.image.storage]).toEqual([0.5, 1.5]);
    expect(item.image.dtype).toBe("float32");
    expect(item.label.dtype).toBe("int16");
    expect(item.label.meta.source).toBe(at("label.nii"));
    expect(item.subject).toBe("s01");
  });

  test("leaves the source's record as it was", async () => {
    const source = record();
    await Dataset.from([source]).pipe(load("image")).toArray();
    expect(source).toEqual(record());
  });

  test("turns bare paths into volumes, from a folder if told, several at once, in order", async () => {
    const names = ["label.nii", "image.nii.gz", "label.nii"];
    const volumes = await Dataset.from(names)
      .pipe(load({ dir: folder, concurrency: 3 }))
      .toArray();
    expect(volumes.map((volume) => volume.storage[0])).toEqual([3, 0.5, 3]);
  });

  test("gives each field its own dtype", async () => {
    const operator = load({ keys: ["image", "label"], dtype: ["float64", "uint8"] });
    const item = await Dataset.from([record()]).pipe(operator).at(0);
    expect([item.image.dtype, item.label.dtype]).toEqual(["float64", "uint8"]);
  });

  test("depends on its files: a cache behind it notices when one changes", async () => {
    const path = at("changing.nii");
    const write = (value: number) =>
      writeNifti(new Volume({ data: Uint8Array.of(value), shape: [1, 1, 1, 1], layout: "x-fastest" }), path);
    const volumes = Dataset.from([path]).pipe(load(), cacheUntilRandom({ store: memoryStore() }));
    const first = async () => (await volumes.toArray())[0]?.storage[0];
    await write(1);
    expect([await first(), await first()]).toEqual([1, 1]);
    await write(2);
    expect(await first()).toBe(2);
  });

  test("is deterministic and told apart by its options, but not by its concurrency", () => {
    const print = (operator: IndexedOperator<string, Volume>) => transformOf(operator).fingerprint;
    expect(print(load())).toBeDefined();
    expect(print(load({ concurrency: 4 }))).toBe(print(load()));
    expect(print(load({ dtype: "int16" }))).not.toBe(print(load()));
    expect(transformOf(load()).kind).toBe("deterministic");
  });

  test("says which field is missing or holds no path", async () => {
    const broken = (item: { image: string }) =>
      Dataset.from([item])
        .pipe(load(["image"]))
        .toArray();
    const items: [unknown, string][] = [
      [{ label: "a" }, "VOXRX_MISSING_KEY"],
      [{ image: 3 }, "VOXRX_WRONG_FIELD"],
      [{ image: "" }, "VOXRX_WRONG_FIELD"],
      [{ image: null }, "VOXRX_WRONG_FIELD"],
      ["a path", "VOXRX_WRONG_FIELD"],
    ];
    for (const [item, code] of items) {
      // @ts-expect-error what plain JavaScript may pass
      await expect(broken(item)).rejects.toMatchObject({ code, operator: "load" });
    }
  });

  test("passes items that lack a field, or hold undefined in it, if they may", async () => {
    const items: { image: string; label?: string | undefined }[] = [
      { image: at("image.nii.gz"), label: at("label.nii") },
      { image: at("image.nii.gz") },
      { image: at("image.nii.gz"), label: undefined },
    ];
    const dtype = ["float64", "uint8"] as const;
    const loaded = await Dataset.from(items)
      .pipe(load(["image", "label"], { allowMissingKeys: true, dtype }))
      .toArray();
    expect(loaded.map(({ image, label }) => [image.dtype, label?.dtype])).toEqual([
      ["float64", "uint8"],
      ["float64", undefined],
      ["float64", undefined],
    ]);
    // The type of a field goes by its place among the keys, whether the ones before it are there or not.
    const [alone] = await Dataset.from([{ label: at("label.nii") } as { image?: string; label: string }])
      .pipe(load({ keys: ["image", "label"], allowMissingKeys: true, dtype }))
      .toArray();
    expect([Object.keys(alone ?? {}), alone?.label.dtype]).toEqual([["label"], "uint8"]);
    const bare = Dataset.from([at("label.nii")]) as unknown as Dataset<{ image: string }>;
    await expect(bare.pipe(load("image", { allowMissingKeys: true })).toArray()).rejects.toMatchObject({
      code: "VOXRX_WRONG_FIELD",
      operator: "load",
    });
  });

  test("names the item, the operator and the file of a fault", async () => {
    await writeFile(at("broken.nii"), "no image");
    const wanted = { code: "VOXRX_UNKNOWN_FORMAT", operator: "load", item: expect.any(String), file: at("broken.nii") };
    await expect(
      Dataset.from([at("broken.nii")])
        .pipe(load())
        .toArray(),
    ).rejects.toMatchObject(wanted);
  });

  test("refuses wrong options when it is made", () => {
    const bad = expect.objectContaining({ code: "VOXRX_BAD_OPTION", operator: "load" });
    expect(() => load(["image"], { concurrency: 0 })).toThrow(bad);
    expect(() => load(["image", "image"])).toThrow(bad);
    // @ts-expect-error misspelled
    expect(() => load(["image"], { dtpye: "int8" })).toThrow(bad);
  });

  test("stops when the run is aborted", async () => {
    const control = new AbortController();
    const reason = new Error("enough");
    const run = Dataset.from(Array.from({ length: 1000 }, record))
      .pipe(load(["image"]))
      .forEach(() => void control.abort(reason), { signal: control.signal });
    await expect(run).rejects.toBe(reason);
  });
});

interface Loaded {
  readonly shape?: readonly number[];
  readonly sha256_f32_c_order?: string;
}

/** What MONAI loads with channels first, by file; what it cannot load is left out. */
function loadedByMonai(): [file: string, loaded: Loaded][] {
  if (!sharedData) return [];
  const { load }: { load: Record<string, Loaded> } = JSON.parse(readFileSync(sharedFile("monai.json"), "utf8"));
  const suffix = " [ensure_channel_first]";
  return Object.entries(load).flatMap(([key, loaded]) =>
    key.endsWith(suffix) && loaded.shape ? [[key.slice(0, -suffix.length), loaded] as [string, Loaded]] : [],
  );
}

/** Where we give something else on purpose, and what. */
const otherwise: Readonly<Record<string, readonly number[]>> = {
  // Dimensions 4 and 5 are channels, whatever their sizes.
  "nifti1/5D_small.nii": [3, 1, 2, 3],
  // Both parts of a complex number are kept.
  "nifti1/complex_small.nii.gz": [2, 10, 10, 10],
  // Slices are sorted by their position, not by their number.
  "dicom/ct_3slice": [1, 512, 512, 3],
  // A slice with a place in the patient is a volume.
  "dicom/transfer_syntaxes/CT_small.dcm": [1, 128, 128, 1],
  // Frames are slices.
  "dicom/enhanced_multiframe.dcm": [1, 64, 64, 6],
};

describe.skipIf(!sharedData)("images are loaded as MONAI loads them", () => {
  for (const { file, operation, reference } of monaiRows()) {
    if (operation !== "load") continue;
    test(file, async () => expectReference(await image(file), reference, relative(reference)));
  }

  test.each(loadedByMonai())("%s with channels first", async (file, { shape, sha256_f32_c_order: sha256 }) => {
    const volume = await readVolume(sharedFile(file), { dtype: "float32" });
    expect(volume.shape).toEqual(otherwise[file] ?? shape);
    if (file in otherwise) return;
    // Decoders of JPEG may differ by 1 or 2.
    if (sha256 !== undefined && !/jpe?g$/.test(file)) expect(digest(volume)).toBe(sha256);
  });
});
