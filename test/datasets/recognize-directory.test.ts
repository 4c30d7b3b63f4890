import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDirectory, recognizeDirectory } from "voxrx/datasets";
import { temporaryFolder } from "../support/folder.ts";
import { sharedData, sharedFile } from "../support/shared.ts";
import { thrown } from "../support/thrown.ts";

/** A directory with empty files, and with the content of others. */
async function folderOf(names: readonly string[], contents: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder();
  for (const [name, content] of [...names.map((one) => [one, ""] as const), ...Object.entries(contents)]) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), content);
  }
  return folder;
}

/** Image and label of each item, relative to the directory. */
async function pairsIn(dir: string): Promise<string[]> {
  const { items } = await recognizeDirectory(dir);
  const shown = (paths: string | readonly string[] | undefined) => [paths ?? "-"].flat().join("+");
  return items.map(({ image, label }) => `${shown(image)} ${shown(label)}`.replaceAll(`${dir}/`, ""));
}

describe("a task", () => {
  const names = ["imagesTr/a.nii.gz", "labelsTr/a.nii.gz", "imagesTs/b.nii.gz"];
  const list = {
    training: [{ image: "./imagesTr/a.nii.gz", label: "./labelsTr/a.nii.gz" }],
    test: ["./imagesTs/b.nii.gz"],
  };

  test("of the Decathlon is what its dataset.json lists, also one directory deeper", async () => {
    const labels = { "0": "background", "1": "liver" };
    const json = JSON.stringify({ ...list, labels, modality: { "0": "CT" } });
    await using folder = await folderOf(
      names.map((name) => `Task03_Liver/${name}`),
      { "Task03_Liver/dataset.json": json },
    );
    for (const dir of [folder.path, join(folder.path, "Task03_Liver")]) {
      const found = await recognizeDirectory(dir);
      expect(found).toMatchObject({
        layout: "decathlon",
        description: "Decathlon task Task03_Liver: 1 labeled scan, 1 without labels",
        modality: ["CT"],
      });
      expect(found.classNames.get(1)).toBe("liver");
    }
  });

  test("of nnU-Net has a file for each channel, and names for its classes", async () => {
    const json = JSON.stringify({ channel_names: { "0": "T1", "1": "T2" }, labels: { background: 0, tumor: 1 } });
    const channels = ["imagesTr/a_0001.nii.gz", "imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz"];
    await using folder = await folderOf(channels, { "dataset.json": json });
    expect(await pairsIn(folder.path)).toEqual(["imagesTr/a_0000.nii.gz+imagesTr/a_0001.nii.gz labelsTr/a.nii.gz"]);
    expect(Object.fromEntries((await recognizeDirectory(folder.path)).classNames)).toEqual({
      0: "background",
      1: "tumor",
    });
  });

  test("without a list pairs by name", async () => {
    await using folder = await folderOf(names);
    expect(await pairsIn(folder.path)).toEqual(["imagesTr/a.nii.gz labelsTr/a.nii.gz", "imagesTs/b.nii.gz -"]);
  });

  test("with a list that names files outside of it is refused", async () => {
    const json = JSON.stringify({ training: [{ image: "../../etc/passwd" }] });
    await using folder = await folderOf(names, { "dataset.json": json });
    expect(await thrown(() => recognizeDirectory(folder.path))).toMatchObject({ code: "VOXRX_BAD_DATALIST" });
  });
});

describe("image files are paired with labels where names leave no doubt", () => {
  test.each<[what: string, names: string[], pairs: string[]]>([
    ["directories", ["images/a.nii", "labels/a.nii", "images/b.nii"], ["images/a.nii labels/a.nii", "images/b.nii -"]],
    ["directories of another case", ["Image/a.nii", "Mask/a.nii"], ["Image/a.nii Mask/a.nii"]],
    ["parts of directories", ["fixed_images/a.nii", "fixed_labels/a.nii"], ["fixed_images/a.nii fixed_labels/a.nii"]],
    ["other formats", ["images/a.nii.gz", "labels/a.nrrd"], ["images/a.nii.gz labels/a.nrrd"]],
    ["a suffix", ["a.nii.gz", "a_seg.nii.gz", "a_b.nii.gz"], ["a.nii.gz a_seg.nii.gz", "a_b.nii.gz -"]],
    ["suffixes of both, with other separators", ["a_image.nii", "a-label.nii"], ["a_image.nii a-label.nii"]],
    ["suffixes of both", ["a_image.nii", "a_label.nii"], ["a_image.nii a_label.nii"]],
    ["a directory per subject", ["s1/image.nii", "s1/label.nii"], ["s1/image.nii s1/label.nii"]],
    ["a label alone", ["a_seg.nii"], ["a_seg.nii -"]],
    [
      "two images that could be meant",
      ["a_image.nii", "a_scan.nii", "a_seg.nii"],
      ["a_image.nii -", "a_scan.nii -", "a_seg.nii -"],
    ],
    ["pictures", ["images/a.png", "masks/a.png"], ["images/a.png masks/a.png"]],
  ])("%s", async (_, names, pairs) => {
    await using folder = await folderOf(names);
    expect((await pairsIn(folder.path)).sort()).toEqual([...pairs].sort());
  });
});

test("directories of pictures are classes, and directories of volumes are not", async () => {
  await using pictures = await folderOf(["cat/1.png", "cat/2.png", "dog/deep/1.jpg"]);
  const found = await recognizeDirectory(pictures.path);
  expect(found).toMatchObject({ layout: "classes", description: "2 classes of images: cat 2, dog 1" });
  expect(found.items.map(({ className }) => className)).toEqual(["cat", "cat", "dog"]);
  await using volumes = await folderOf(["s1/t1.nii", "s2/t1.nii"]);
  expect((await recognizeDirectory(volumes.path)).layout).toBe("files");
});

test("a study in BIDS is told by its subjects", async () => {
  await using folder = await folderOf(["sub-01/anat/sub-01_T1w.nii.gz", "sub-02/func/sub-02_task-rest_bold.nii.gz"]);
  expect((await recognizeDirectory(folder.path)).description).toBe(
    "BIDS study: 2 images of 2 subjects (1 T1w, 1 bold)",
  );
});

describe("what holds no image is refused", () => {
  test.each<[what: string, names: string[], code: string, words: string]>([
    ["an empty directory", [], "VOXRX_EMPTY_FOLDER", "the directory is empty"],
    ["other files", ["notes.txt", "deep/table.csv"], "VOXRX_EMPTY_FOLDER", "none of the 2 files"],
  ])("%s", async (_, names, code, words) => {
    await using folder = await folderOf(names);
    const error = await thrown(() => openDirectory(folder.path).toArray());
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
  });

  test("a directory that is missing, or a file", async () => {
    await using folder = await folderOf(["a.nii"]);
    const codeFor = async (name: string) =>
      Object(await thrown(() => recognizeDirectory(join(folder.path, name)))).code;
    expect([await codeFor("missing"), await codeFor("a.nii")]).toEqual(["VOXRX_FILE_MISSING", "VOXRX_FILE_UNREADABLE"]);
  });
});

describe("labeled", () => {
  test("leaves out images without a label, and knows how many there are", async () => {
    await using folder = await folderOf(["images/a.nii", "images/b.nii", "labels/b.nii"]);
    const scans = await openDirectory(folder.path, { labeled: true }).ready();
    expect(scans.length).toBe(1);
    const [image, label] = ["images", "labels"].map((part) => join(folder.path, part, "b.nii"));
    expect(await scans.at(0)).toEqual({ id: "images/b.nii", image, label });
    expect(await openDirectory(folder.path, { labeled: false }).toArray()).toHaveLength(2);
  });

  test("of a directory without labels is an error that says what is there", async () => {
    await using folder = await folderOf(["cat/1.png", "dog/1.png"]);
    const error = await thrown(() => openDirectory(folder.path, { labeled: true }).toArray());
    const words = "no image in the directory has a label map: 2 classes of images: cat 1, dog 1";
    expect(error).toMatchObject({ code: "VOXRX_EMPTY_FOLDER", message: expect.stringContaining(words) });
    expect(error).toMatchObject({ file: folder.path, remedy: expect.stringContaining("labeled") });
  });

  test("takes nothing but true and false", () => {
    // @ts-expect-error: for callers without a compiler
    expect(() => openDirectory("data", { labeled: "yes" })).toThrow("labeled");
  });
});

describe.skipIf(!sharedData)("DICOM", () => {
  test("series and image files in one tree are all found", async () => {
    await using folder = await folderOf(["a.nii.gz", "readme.txt"]);
    await cp(sharedFile("dicom", "ct_3slice"), join(folder.path, "ct"), { recursive: true });
    const { description, items, modality } = await recognizeDirectory(folder.path);
    expect([description, items.length, modality]).toEqual(["1 DICOM series (1 CT), 1 image file", 2, ["CT"]]);
  });

  test("a damaged file is told, and hides no image file", async () => {
    await using folder = await folderOf(["a.nii.gz"], { "b.dcm": "no DICOM" });
    const { items, fault } = await recognizeDirectory(folder.path);
    expect([items.length, fault?.file]).toEqual([1, join(folder.path, "b.dcm")]);
    expect(await thrown(() => openDirectory(folder.path).toArray())).toMatchObject({ code: fault?.code });
  });
});
