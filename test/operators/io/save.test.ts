import { readdir, rm, writeFile } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Dataset, memoryStore, readVolume, type Volume, writeNifti } from "voxrx";
import {
  batch,
  cacheUntilRandom,
  flip,
  gridPatch,
  invert,
  load,
  randSpatialCropSamples,
  repeat,
  save,
  shuffle,
  spatialCrop,
  unbatch,
  zip,
} from "voxrx/operators";
import { temporaryFolder } from "../../support/folder.ts";
import { runsOf } from "../../support/long.ts";
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
  save({ keys: ["a", "b"], dir: "out", extension: [".nii", ".png"], dtype: ["float32", "uint8"] });
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

const tiny = (start: number) => ramp([1, 2, 2, 2], "uint8", start);
const savedPaths = async (volumes: readonly Volume[], ids?: readonly string[]) => {
  await using folder = await temporaryFolder();
  const source = Dataset.from(volumes, ids ? { id: (_, n) => ids[n] ?? "" } : {});
  const results = await source.pipe(save({ dir: folder.path, extension: ".npy" })).toArray();
  return results.map(({ meta }) => relative(folder.path, String([meta.savedTo].flat()[0])));
};

test("results have readable names, which follow from the item alone", async () => {
  const uid = "1.2.392.200036.9116.2.5.1";
  const about = { SeriesNumber: 3, SeriesDescription: "T1 ax: 1.5mm" };
  const sources: readonly (readonly [source: string, name: RegExp, header?: object])[] = [
    ["data/ct/", /^ct$/],
    [`data/ct?series=${uid}&volumeBy=EchoTime`, /^ct_3_T1_ax_1\.5mm_[\da-f]{8}$/, about],
    [`data/ct?series=${uid}.7`, /^ct_3_T1_ax_1\.5mm_[\da-f]{8}$/, about],
    ["data/mr?series=1.2.3", /^mr_1\.2\.3$/],
    ["data/us?series=", /^us$/],
    ["https://me:secret@example.org/a/scan%201.nii.gz?token=abc#x", /^scan 1$/],
    ["https://example.org/?token=abc", /^example\.org$/],
    ["data/arrays.npz?array=in/put", /^arrays_in_put$/],
    ["shards/train-000001.tar/case/0001.image.nii.gz", /^case_0001$/],
    ["shards/train-000001.tar/a%2Enii.seg.nii.gz", /^a\.nii$/],
    ['data/a<b>"|?=&#\u0007\ud800.nii', /^a_b__+$/],
    ["data/aux.nii", /^_aux$/],
    ["data/name. .nii.gz", /^name__$/],
    [`data/${"ä".repeat(120)}.nii`, /^ä{75}_[\da-f]{8}$/],
  ];
  const volumes = sources.map(([source, , header], n) =>
    tiny(n).withMeta({ source, ...(header && { header: { ...header } }) }),
  );
  const found = await savedPaths(volumes);
  for (const [n, [, name]] of sources.entries()) {
    const [dir = "", file] = found[n]?.split(sep) ?? [];
    expect(dir).toMatch(name);
    expect(file).toBe(`${dir}.npy`);
  }
  expect(await savedPaths([...volumes].reverse())).toEqual([...found].reverse());
});

test("items that come from no file have the names of their ids", async () => {
  const ids = [
    "imagesTr/la_003.nii.gz",
    "sub-01/anat/sub-01_T1w.nii.gz",
    "case1/0",
    "case2/0",
    "a:b",
    "",
    "v1.2",
    "..",
  ];
  const found = await savedPaths(
    ids.map((_, n) => tiny(n)),
    ids,
  );
  expect(found.map((path) => path.split(sep)[0])).toEqual([
    "la_003",
    "sub-01_T1w",
    "case1_0",
    "case2_0",
    "a_b",
    "_",
    "v1.2",
    "__",
  ]);
});

test("subdirectories are recreated below a directory and below a URL", async () => {
  await using folder = await temporaryFolder();
  const at = async (source: string, sourceDir: string) => {
    const options = { dir: folder.path, sourceDir, separateFolder: false, extension: ".npy" } as const;
    const [saved] = await Dataset.from([tiny(0).withMeta({ source })])
      .pipe(save(options))
      .toArray();
    return relative(folder.path, String([saved?.meta.savedTo].flat()[0]));
  };
  expect(await at("data/p1/ct?series=1.2", "data")).toBe(join("p1", "ct_1.2.npy"));
  expect(await at("data/p1/x.npz?array=a/b", "data")).toBe(join("p1", "x_a_b.npy"));
  expect(await at("https://example.org/data/p1/a.nii?token=1", "https://example.org/data")).toBe(join("p1", "a.npy"));
  await expect(at("https://other.org/data/a.nii", "https://example.org/data")).rejects.toMatchObject({
    code: "VOXRX_BAD_OPTION",
  });
});

test("a path is written once in a run, whoever comes second", async () => {
  await using folder = await temporaryFolder();
  const image = tiny(1);
  const options = { dir: folder.path, separateFolder: false, extension: ".npy", subjectKey: "id" } as const;
  const once = save({ ...options, keys: "image", postfix: "x" });
  const items = [{ id: "a", image, pred: tiny(2) }];
  const same = () => Dataset.from([...items, ...items], { id: () => "one" });
  const refused: readonly [string, () => Promise<unknown>][] = [
    ["two items with one id", () => same().pipe(once).toArray()],
    ["two items with one id, unbatched", () => same().pipe(batch(1), unbatch(), once).toArray()],
    [
      "two fields",
      () =>
        Dataset.from(items)
          .pipe(save({ ...options, keys: ["image", "pred"], postfix: "x" }))
          .toArray(),
    ],
    [
      "two operators",
      () =>
        Dataset.from(items)
          .pipe(once, save({ ...options, keys: "pred", postfix: "x" }))
          .toArray(),
    ],
    [
      "two stages",
      () =>
        Dataset.from(items)
          .pipe(once, shuffle({ buffer: 2 }), save({ ...options, keys: "pred", postfix: "x" }))
          .toArray(),
    ],
    [
      "one operator twice",
      () =>
        Dataset.from(items)
          .pipe(once, flip({ keys: "image" }), once)
          .toArray(),
    ],
    [
      "two spellings of a directory",
      () =>
        Dataset.from(items)
          .pipe(
            once,
            save({ ...options, dir: `${folder.path}/../${basename(folder.path)}`, keys: "pred", postfix: "x" }),
          )
          .toArray(),
    ],
    [
      "two datasets of a run",
      () =>
        zip(
          Dataset.from(items).pipe(once),
          Dataset.from(items).pipe(save({ ...options, keys: "pred", postfix: "x" })),
        ).toArray(),
    ],
  ];
  for (const [name, run] of refused) {
    await expect(run(), name).rejects.toMatchObject({
      code: "VOXRX_PATH_COLLISION",
      operator: "save",
      message: /item "?(one|0)/,
    });
    if (name !== "two datasets of a run")
      expect(valuesOf(await readVolume(join(folder.path, "a_x.npy"))), name).toEqual(valuesOf(image));
  }
});

test("a slice of one item doesn't replace the image of another", async () => {
  await using folder = await temporaryFolder();
  const items = [
    { id: "s_z001", image: ramp([1, 2, 2], "uint8") },
    { id: "s", image: ramp([1, 2, 2, 2], "uint8", 9) },
  ];
  const saving = (list: typeof items) =>
    Dataset.from(list)
      .pipe(
        save({
          keys: "image",
          dir: folder.path,
          separateFolder: false,
          extension: ".png",
          postfix: "",
          subjectKey: "id",
        }),
      )
      .toArray();
  for (const list of [items, [...items].reverse()]) {
    await expect(saving(list)).rejects.toMatchObject({
      code: "VOXRX_PATH_COLLISION",
      file: join(folder.path, "s_z001.png"),
    });
  }
});

test("an item that is computed again, in a later epoch or in another run, replaces its file", async () => {
  await using folder = await temporaryFolder();
  const saving = Dataset.from(scans()).pipe(save({ keys: "pred", dir: folder.path, subjectKey: "id" }));
  expect((await saving.toArray()).length).toBe(2);
  expect((await saving.epochs(0, 3).toArray()).length).toBe(6);
  expect((await saving.pipe(repeat(2)).toArray()).length).toBe(4);
  expect(
    (await saving.pipe(shuffle(), gridPatch({ keys: "pred", patchSize: [2, 2, 2] })).toArray()).length,
  ).toBeGreaterThan(2);
});

test("every item is in its file with its content, or the run ends with an error", async () => {
  const name = fc.oneof(
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom("a", "A", "a/b", "a_b", "a:b", "..", "", "a.nii", "x/a.nii"),
  );
  const source = fc.option(
    fc.oneof(
      name,
      name.map((dir) => `d/${dir}?series=1.2`),
      name.map((file) => `http://h/${file}?t=1`),
    ),
    { nil: undefined },
  );
  const item = fc.record({ id: name, source, index: fc.option(fc.nat(1), { nil: undefined }) });
  const layout = fc.record({
    separateFolder: fc.boolean(),
    postfix: fc.constantFrom("", "p", "a"),
    useKey: fc.boolean(),
  });
  const property = fc.asyncProperty(fc.array(item, { maxLength: 5 }), layout, async (items, { useKey, ...options }) => {
    await using folder = await temporaryFolder();
    const records = items.map(({ id, source, index }, n) => ({
      id,
      image: tiny(10 * n).withMeta({ ...(source && { source }), ...(index !== undefined && { patchIndex: index }) }),
    }));
    const keyed = useKey ? { subjectKey: "id" } : {};
    const saving = Dataset.from(records, { id: ({ id }) => id }).pipe(
      save({ keys: "image", dir: folder.path, extension: ".npy", ...options, ...keyed }),
    );
    const result = await saving.toArray().catch((error) => {
      expect(error).toMatchObject({ code: "VOXRX_PATH_COLLISION" });
      return [];
    });
    for (const { image } of result) {
      expect(valuesOf(await readVolume(String([image.meta.savedTo].flat()[0])))).toEqual(valuesOf(image));
    }
  });
  await fc.assert(property, { numRuns: runsOf(60) });
});
