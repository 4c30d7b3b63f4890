import { writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import { Dataset, memoryStore, readVolume, Volume, writeNifti } from "voxrx";
import { checkMissingFiles, datalist } from "voxrx/datasets";
import { cacheUntilRandom, load } from "voxrx/operators";
import { serveFiles } from "../../support/file-server.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";

type Samples = Int16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

async function study() {
  const folder = await temporaryFolder();
  const write = async (name: string, data: Samples, shape = [1, 2, 2, 1], shift = 0) => {
    const affine = [1, 0, 0, shift, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1];
    const path = join(folder.path, name);
    await writeNifti(new Volume({ data, shape, affine }), path);
    return path;
  };
  return { path: folder.path, write, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test("a list of files is one image: channels in order, affine of the first, a type that holds all", async () => {
  await using at = await study();
  const a = await at.write("a.nii", Int16Array.of(1, 2, 3, 4));
  const b = await at.write("b.nii.gz", Float32Array.of(0.5, 1, 1.5, 2, 5, 6, 7, 8), [2, 2, 2, 1], 0.005);
  const joined = await readVolume([a, b]);
  expect(joined).toMatchObject({ shape: [3, 2, 2, 1], dtype: "float32" });
  expect([...joined.samples]).toEqual([1, 2, 3, 4, 0.5, 1, 1.5, 2, 5, 6, 7, 8]);
  expect(joined.affine[3]).toBe(0);
  expect(joined.meta.source).toBe(a);
  const items = Dataset.from([{ image: ["b.nii.gz", "a.nii"], label: "a.nii" }]).pipe(
    load(["image", "label"], { dir: at.path }),
  );
  const { image, label } = await items.at(0);
  expectTypeOf(image).toEqualTypeOf<Volume>();
  expect([image.shape, label.shape]).toEqual([
    [3, 2, 2, 1],
    [1, 2, 2, 1],
  ]);
  expect(
    (
      await Dataset.from([[a, a]])
        .pipe(load())
        .at(0)
    ).channels,
  ).toBe(2);
  expect((await readVolume([a])).channels).toBe(1);
});

test("files that do not fit together are refused with the file", async () => {
  await using at = await study();
  const a = await at.write("a.nii", Int16Array.of(1, 2, 3, 4));
  const long = await at.write("long.nii", Int16Array.of(1, 2, 3, 4, 5, 6), [1, 2, 3, 1]);
  const moved = await at.write("moved.nii", Int16Array.of(1, 2, 3, 4), [1, 2, 2, 1], 0.5);
  await expect(readVolume([a, long])).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", file: long });
  await expect(readVolume([a, moved])).rejects.toThrow(/affine is not that of the first/);
  await expect(readVolume([])).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
  const wrong = (value: unknown) =>
    Dataset.from([{ image: value }] as { image: string }[])
      .pipe(load("image"))
      .at(0);
  await expect(wrong([])).rejects.toThrow(/field "image" is an empty list/);
  await expect(wrong([a, 3])).rejects.toThrow(/element 1 of field "image" is a number/);
  await expect(wrong({ path: a })).rejects.toThrow(/field "image" is a record with path, not the path/);
  await expect(wrong(await readVolume(a))).rejects.toThrow(/field "image" is an instance of Volume, not the path/);
});

test("a cache notices when any file of the list changes", async () => {
  await using at = await study();
  const a = await at.write("a.nii", Int16Array.of(1, 2, 3, 4));
  const b = await at.write("b.nii", Int16Array.of(5, 6, 7, 8));
  const cached = Dataset.from([{ image: [a, b] }]).pipe(load("image"), cacheUntilRandom({ store: memoryStore() }));
  expect([...(await cached.at(0)).image.samples]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await at.write("b.nii", Int16Array.of(9, 9, 9, 9, 9, 9), [1, 2, 3, 1]);
  await at.write("b.nii", Int16Array.of(9, 9, 9, 9));
  expect([...(await cached.at(0)).image.samples]).toEqual([1, 2, 3, 4, 9, 9, 9, 9]);
});

test("a data list may name several files, and URLs, for one image", async () => {
  await using at = await study();
  const a = await at.write("a.nii", Int16Array.of(1, 2, 3, 4));
  const served = await readVolume(a).then(() => import("node:fs/promises").then((fs) => fs.readFile(a)));
  await using server = await serveFiles({ "/b.nii": { body: served } });
  const url = `${server.origin}/b.nii`;
  const path = join(at.path, "d.json");
  const entries: Readonly<Record<string, unknown>>[] = [
    { image: ["a.nii", url], label: ["a.nii", "gone.nii"], masks: ["a.nii"], words: ["a.nii", "x"] },
    { image: url, fold: 1 },
  ];
  await writeFile(path, JSON.stringify({ training: entries }));
  const listed = datalist(path);
  expect(await listed.toArray()).toEqual([
    { image: [a, url], label: [a, join(at.path, "gone.nii")], masks: [a], words: ["a.nii", "x"] },
    { image: url, fold: 1 },
  ]);
  expect(
    (await checkMissingFiles(listed, { keys: ["image", "label"], allowMissingKeys: true })).map((p) => basename(p)),
  ).toEqual(["gone.nii"]);
  const [first] = await listed.pipe(load("image")).toArray();
  expect(first?.image.shape).toEqual([2, 2, 2, 1]);
  for (const [image, message] of [
    [[], /names no image/],
    [["a.nii", 4], /names no image/],
    [["a.nii", "../b.nii"], /outside/],
  ] as const) {
    await writeFile(path, JSON.stringify({ training: [{ image }] }));
    await expect(datalist(path, { root: dirname(path) }).toArray()).rejects.toThrow(message);
  }
});

test.skipIf(sharedData === undefined)("a list as MONAI writes it for BraTS", async () => {
  const [item] = await datalist(sharedFile("trouble", "dataset_multi.json")).toArray();
  expect(item).toEqual({
    image: [sharedFile("trouble", "a.nii"), sharedFile("trouble", "b.nii")],
    label: sharedFile("trouble", "l.nii"),
  });
});
