import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Dataset, memoryStore, readVolume, writeNifti } from "voxrx";
import { cacheUntilRandom, flip, invert, load, randSpatialCropSamples, save, spatialCrop } from "voxrx/operators";
import { temporaryFolder } from "../../support/folder.ts";
import { ramp, spelledOut, valuesOf } from "../../support/volumes.ts";

const scans = () =>
  ["s1", "s2"].map((id, n) => ({ id, image: ramp([1, 4, 3, 2], "int16", n), pred: ramp([1, 4, 3, 2], "uint8", n) }));

test("volumes are written by subject and key, and items go on with where they went", async () => {
  await using folder = await temporaryFolder();
  const written = await Dataset.from(scans())
    .pipe(save({ keys: ["image", "pred"], dir: folder.path, subjectKey: "id", extension: [".nii.gz", ".nrrd"] }))
    .toArray();
  const [first] = written;
  expect(first?.pred.meta.savedTo).toEqual([join(folder.path, "s1/s1_pred.nrrd")]);
  expect(first?.image.meta.savedTo).toEqual([join(folder.path, "s1/s1_image.nii.gz")]);
  expect(valuesOf(await readVolume(join(folder.path, "s2/s2_pred.nrrd")))).toEqual(
    valuesOf(scans()[1]?.pred ?? ramp([1, 1, 1])),
  );
  expect(first?.id).toBe("s1");
});

test("names come from the files that volumes were read from, folders between too", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.nii.gz");
  await writeNifti(ramp([1, 2, 2, 2]), path);
  const options = { dir: join(folder.path, "out"), postfix: "copy", separateFolder: false } as const;
  const [volume] = await Dataset.from([path])
    .pipe(load(), save({ ...options, sourceDir: folder.path }))
    .toArray();
  expect(volume?.meta.savedTo).toEqual([join(folder.path, "out/a_copy.nii.gz")]);
});

test("predictions are brought back and saved in the space of the scan", async () => {
  await using folder = await temporaryFolder();
  const keys = ["image", "pred"] as const;
  const pipeline = Dataset.from(scans()).pipe(
    flip({ keys }),
    spatialCrop({ keys, roiStart: [1, 0, 0], roiEnd: [4, 3, 2] }),
    invert({ keys: "pred", origKey: "image" }),
    save({ keys: "pred", dir: folder.path, subjectKey: "id", dtype: "uint8" }),
  );
  await pipeline.toArray();
  const back = await readVolume(join(folder.path, "s1/s1_pred.nii.gz"));
  expect(back.shape).toEqual([1, 4, 3, 2]);
  expect(Array.from(back.affine)).toEqual(Array.from(ramp([1, 4, 3, 2]).affine));
});

test("two items that would write one path are an error that names both; patches are numbered", async () => {
  await using folder = await temporaryFolder();
  const same = scans().map((scan) => ({ ...scan, id: "same" }));
  const run = Dataset.from(same)
    .pipe(save({ keys: "pred", dir: folder.path, subjectKey: "id" }))
    .toArray();
  await expect(run).rejects.toMatchObject({ code: "VOXRX_PATH_COLLISION", operator: "save", item: "1" });
  await Dataset.from(scans().slice(0, 1))
    .pipe(
      randSpatialCropSamples({ keys: "pred", roiSize: 2, numSamples: 2 }),
      save({ keys: "pred", dir: folder.path, subjectKey: "id", separateFolder: false }),
    )
    .toArray();
  expect((await readdir(folder.path)).filter((name) => name.startsWith("s1_"))).toEqual([
    "s1_pred_0.nii.gz",
    "s1_pred_1.nii.gz",
  ]);
});

test("a cache does not swallow it, and the same epoch may be run again", async () => {
  await using folder = await temporaryFolder();
  const pipeline = Dataset.from(scans()).pipe(
    flip({ keys: "pred" }),
    save({ keys: "pred", dir: folder.path, subjectKey: "id", separateFolder: false }),
    cacheUntilRandom({ store: memoryStore({ maxBytes: "1MB" }) }),
  );
  expect(pipeline.explain()).toMatch(/save .*\[opaque/);
  expect(pipeline.explain()).toContain("the prefix ends before save, which is opaque");
  const first = (await pipeline.epoch(0).toArray()).map(spelledOut);
  const names = ["s1_pred.nii.gz", "s2_pred.nii.gz"];
  expect(await readdir(folder.path)).toEqual(names);
  for (const name of names) await rm(join(folder.path, name));
  expect((await pipeline.epoch(0).toArray()).map(spelledOut)).toEqual(first);
  expect(await readdir(folder.path)).toEqual(names);
});

test("what can be known to be wrong is said when the pipeline is composed", () => {
  const wrong: readonly object[] = [
    { dir: "" },
    { dir: "out", ext: ".tiff" },
    { dir: "out", range: [3, 3] },
    { dir: "out", ext: ".png", dtype: "float32" },
    { dir: "out", ext: [".nii", ".png"], dtype: ["float32", "int16"] },
    { dir: "out", folder: "x" },
  ];
  for (const options of wrong) {
    expect(() => save(options as Parameters<typeof save>[0])).toThrow(
      expect.objectContaining({ code: "VOXRX_BAD_OPTION" }),
    );
  }
  save({ dir: "out", extension: ".png", dtype: "float32", range: [0, 1] });
  save({ dir: "out", extension: [".nii", ".png"], dtype: ["float32", "uint8"] });
});

test("a folder that cannot be made is an error that names the file", async () => {
  await using folder = await temporaryFolder();
  const dir = join(folder.path, "taken");
  await writeFile(dir, "a file");
  const writing = Dataset.from([{ pred: ramp([1, 2, 2, 2], "uint8") }]).pipe(save({ keys: "pred", dir }));
  await expect(writing.toArray()).rejects.toMatchObject({
    code: "VOXRX_WRITE_FAILED",
    operator: "save",
    file: join(dir, "0/0_pred.nii.gz"),
  });
});

test("a subject is a text or a number, and nothing else becomes part of a path", async () => {
  await using folder = await temporaryFolder();
  const named = (id: unknown) =>
    Dataset.from([{ id, pred: ramp([1, 2, 2, 2], "uint8") }])
      .pipe(save({ keys: "pred", dir: folder.path, subjectKey: "id" }))
      .toArray();
  await expect(named({ a: 1 })).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator: "save" });
  expect((await named("../../up"))[0]?.pred.meta.savedTo).toEqual([join(folder.path, "up/up_pred.nii.gz")]);
  expect((await named(7))[0]?.pred.meta.savedTo).toEqual([join(folder.path, "7/7_pred.nii.gz")]);
});
