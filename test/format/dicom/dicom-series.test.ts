import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { onWarning, readDicomSeries, readHeader, readVolume } from "voxrx";
import { dicomFolder } from "voxrx/datasets";
import { load } from "voxrx/operators";
import { type DicomInit, dicomFile } from "../../support/dicom-file.ts";
import { elementFile, sliceFile } from "../../support/dicom-slices.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** A folder with one file for each name. */
async function folderOf(files: Readonly<Record<string, DicomInit>>) {
  const folder = await temporaryFolder();
  for (const [name, init] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), dicomFile(init));
  }
  return folder;
}

/** A slice at height z whose pixels all are `value`. */
const slice = (z: number, value: number, more: DicomInit = {}): DicomInit => {
  return { position: [0, 0, z], pixels: Buffer.from(new Uint16Array(6).fill(value).buffer), ...more };
};

const alongZ = (
  volume: { shape: readonly number[]; get(c: number, x: number, y: number, z: number): number | undefined },
  channel = 0,
) => Array.from({ length: volume.shape[3] ?? 0 }, (_, z) => volume.get(channel, 0, 0, z));

describe("a folder of DICOM slices", () => {
  test("is sorted by position, whatever the names and numbers say", async () => {
    await using folder = await folderOf({
      "a.dcm": slice(4, 3, { number: 1 }),
      "b.dcm": slice(0, 1, { number: 3 }),
      c: slice(2, 2),
    });
    const volume = await readVolume(folder.path);
    expect([volume.shape, volume.spacing, alongZ(volume)]).toEqual([
      [1, 3, 2, 3],
      [1, 1, 2],
      [1, 2, 3],
    ]);
    expect((await readHeader(folder.path)).shape).toEqual(volume.shape);
  });

  test("of which several are damaged fails with the error of the first by name, however long reading it takes", async () => {
    await using folder = await folderOf(
      Object.fromEntries(Array.from("abcdefghijkl", (name, z) => [name, slice(z, z)])),
    );
    // Its elements are read in several steps.
    const long = elementFile([
      [0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"],
      [0x00091001, "OB", new Uint8Array(2 ** 20)],
    ]);
    await writeFile(join(folder.path, "b.dcm"), long);
    await writeFile(join(folder.path, "c.dcm"), "");
    await writeFile(join(folder.path, "d.dcm"), "not DICOM");
    const { path } = folder;
    const error = { code: "VOXRX_TRUNCATED_FILE", file: join(path, "b.dcm") };
    await expect(readVolume(path)).rejects.toMatchObject(error);
  });

  test("follows the normal of oblique slices, and columns come before rows in spacing", async () => {
    const orientation = [0, 1, 0, 0, 0, -1]; // sagittal: columns run to the back, rows down
    const at = (x: number, value: number) => slice(0, value, { orientation, position: [x, 5, 6], spacing: [3, 4] });
    await using folder = await folderOf({ a: at(20, 1), b: at(10, 2) });
    const volume = await readVolume(folder.path);
    expect([volume.axcodes, volume.spacing, alongZ(volume)]).toEqual(["PIR", [4, 3, 10], [1, 2]]);
    expect([volume.affine[3], volume.affine[7], volume.affine[11]]).toEqual([-20, -5, 6]);
  });

  test("keeps the shear of a tilted gantry", async () => {
    const at = (n: number) => slice(0, n, { position: [0, n * 0.5, n * 2] });
    await using folder = await folderOf({ a: at(0), b: at(1), c: at(2) });
    const { affine } = await readVolume(folder.path);
    expect([affine[2], affine[6], affine[10]]).toEqual([0, -0.5, 2]);
  });

  test("times at the same places become channels, sorted by what tells them apart", async () => {
    const at = (z: number, time: number) => slice(z, 10 * time + z, { more: { 2097408: String(time) } });
    await using folder = await folderOf({ a: at(0, 2), b: at(1, 1), c: at(1, 2), d: at(0, 1) });
    const volume = await readVolume(folder.path);
    expect([volume.shape, alongZ(volume, 0), alongZ(volume, 1)]).toEqual([
      [2, 3, 2, 2],
      [10, 11],
      [20, 21],
    ]);
  });

  test("rescale is each slice's own, in double", async () => {
    await using folder = await folderOf({
      a: slice(0, 7, { slope: 0.1, intercept: -1 }),
      b: slice(1, 7, { slope: 2, intercept: 0 }),
    });
    const volume = await readVolume(folder.path);
    expect([volume.dtype, alongZ(volume)]).toEqual(["float32", [Math.fround(7 * 0.1 - 1), 14]]);
    expect(alongZ(await readVolume(folder.path, { dtype: "int16" }))).toEqual([0, 14]);
  });

  test("other files beside them, hidden ones and files without pixels are passed over", async () => {
    await using folder = await folderOf({ "a.dcm": slice(0, 1) });
    await writeFile(join(folder.path, "notes.txt"), "not an image");
    await writeFile(join(folder.path, ".hidden.dcm"), dicomFile(slice(9, 9)));
    await writeFile(join(folder.path, "empty"), "");
    await writeFile(
      join(folder.path, "report.dcm"),
      elementFile([
        [0x00080060, "CS", "SR"],
        [0x0020000e, "UI", "9"],
      ]),
    );
    execFileSync("mkfifo", [join(folder.path, ".pipe")]);
    await symlink(join(folder.path, ".pipe"), join(folder.path, "pipe.dcm"));
    await symlink(folder.path, join(folder.path, "loop"));
    expect((await readVolume(folder.path)).shape).toEqual([1, 3, 2, 1]);
  });

  test.each<[what: string, files: Record<string, DicomInit>, said: RegExp]>([
    ["a gap", { a: slice(0, 1), b: slice(1, 1), c: slice(3, 1) }, /unevenly spaced.*b and c/],
    ["a slice twice", { a: slice(0, 1), b: slice(1, 1), c: slice(1, 1) }, /duplicated or missing/],
    [
      "all slices twice",
      { a: slice(0, 1), b: slice(1, 1), c: slice(1, 1), d: slice(0, 1) },
      /no tag distinguishes them/,
    ],
    [
      "two orientations",
      { a: slice(0, 1), b: slice(1, 1, { orientation: [0, 1, 0, 0, 0, -1] }) },
      /orientation differs between a and b/,
    ],
    ["two sizes", { a: slice(0, 1), b: slice(1, 1, { columns: 2, rows: 3 }) }, /image size differs/],
    ["two spacings", { a: slice(0, 1), b: slice(1, 1, { spacing: [1, 2] }) }, /pixel size differs/],
    [
      "no positions",
      { a: slice(0, 1, { position: undefined }), b: slice(1, 1, { position: undefined }) },
      /no ImagePositionPatient \(0020,0032\)/,
    ],
  ])("%s is an error that says so", async (_, files, said) => {
    await using folder = await folderOf(files);
    await expect(readVolume(folder.path)).rejects.toMatchObject({ code: "VOXRX_BAD_SERIES", file: folder.path });
    await expect(readVolume(folder.path)).rejects.toThrow(said);
  });

  test("a gap may be let pass, and is noted", async () => {
    await using folder = await folderOf({ a: slice(0, 1), b: slice(1, 2), c: slice(3, 3) });
    const volume = await readDicomSeries(folder.path, { gaps: "warn" });
    expect([volume.spacing[2], alongZ(volume)]).toEqual([1.5, [1, 2, 3]]);
    expect(volume.meta.warnings).toEqual([
      expect.stringMatching(/unevenly spaced: 2.000 mm between b and c, 1.000 mm elsewhere/),
    ]);
  });

  test("several series are named, and one of them can be chosen", async () => {
    await using folder = await folderOf({ a: slice(0, 1, { series: "1.1" }), b: slice(0, 2, { series: "1.2" }) });
    await expect(readVolume(folder.path)).rejects.toThrow(/2 series: 1\.1 \(CT, 1 file\), 1\.2/);
    await expect(readVolume(folder.path)).rejects.toMatchObject({ code: "VOXRX_SEVERAL_SERIES" });
    expect(alongZ(await readDicomSeries(folder.path, { series: "1.2" }))).toEqual([2]);
    expect(alongZ(await readVolume(`${folder.path}?series=1.1`))).toEqual([1]);
    await expect(readVolume(`${folder.path}?series=1.3`)).rejects.toMatchObject({ code: "VOXRX_EMPTY_FOLDER" });
    await expect(readDicomSeries(folder.path, { series: "x" })).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
  });

  test("a folder without DICOM says so, a missing one too", async () => {
    await using folder = await temporaryFolder();
    await expect(readVolume(folder.path)).rejects.toMatchObject({ code: "VOXRX_EMPTY_FOLDER" });
    await expect(readVolume(join(folder.path, "no"))).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING" });
    await expect(readVolume(join(folder.path, "no?series=1"))).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING" });
  });

  test("the folder and every slice are what the volume depends on", async () => {
    await using folder = await folderOf({ a: slice(0, 1), "deep/b": slice(1, 1), other: slice(0, 1, { series: "9" }) });
    const files: string[] = [];
    await readDicomSeries(folder.path, { series: "1.2.3", onFile: ({ path }) => files.push(path) });
    expect(files.sort()).toEqual(["", "a", "deep", "deep/b"].map((name) => join(folder.path, name)));
  });
});

describe("what a scan takes for a slice", () => {
  test.each([
    ["explicit", {}],
    ["implicit", { implicit: true }],
  ])("a file without the preamble, whatever its name, as if read alone (%s)", async (_, encoding) => {
    await using folder = await folderOf({});
    await writeFile(join(folder.path, "IM1"), sliceFile({ z: 0, value: 7 }));
    await writeFile(join(folder.path, "IM2"), sliceFile({ z: 1, value: 8, preamble: false, ...encoding }));
    expect(alongZ(await readVolume(folder.path))).toEqual([7, 8]);
    expect(alongZ(await readVolume(join(folder.path, "IM2")))).toEqual([8]);
  });

  test.each<[what: string, name: string, content: Uint8Array, code: string]>([
    ["an empty file", "c.dcm", Buffer.alloc(0), "VOXRX_EMPTY_FILE"],
    ["a web page", "c.dcm", Buffer.from("<html>not found</html>"), "VOXRX_UNKNOWN_FORMAT"],
    ["a file cut within its elements", "c", sliceFile({ z: 2, value: 1 }).subarray(0, 303), "VOXRX_TRUNCATED_FILE"],
    [
      "a file cut after an element",
      "c",
      elementFile([[0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"]]),
      "VOXRX_TRUNCATED_FILE",
    ],
    ["a file cut before its pixels", "c", sliceFile({ z: 2, value: 1 }).subarray(0, -20), "VOXRX_TRUNCATED_FILE"],
  ])("%s with the name or the start of DICOM is an error that names it", async (_, name, content, code) => {
    await using folder = await folderOf({ a: slice(0, 1), b: slice(1, 1) });
    await writeFile(join(folder.path, name), content);
    await expect(readVolume(folder.path)).rejects.toMatchObject({ code, file: join(folder.path, name) });
  });

  test("files without a series UID are a series of their own", async () => {
    const none = { more: { 2097166: "" } };
    await using folder = await folderOf({ a: slice(0, 1, none), b: slice(1, 2, none) });
    expect(alongZ(await readVolume(folder.path))).toEqual([1, 2]);
    await writeFile(join(folder.path, "c"), dicomFile(slice(0, 9)));
    await expect(readVolume(folder.path)).rejects.toThrow(/2 series: none \(CT, 2 files\), 1\.2\.3/);
    const items = await dicomFolder(folder.path).pipe(load("image")).toArray();
    expect(items.map(({ series, image }) => [series, alongZ(image)])).toEqual([
      ["", [1, 2]],
      ["1.2.3", [9]],
    ]);
  });

  test("a UID that is none can still be chosen by its path", async () => {
    await using folder = await folderOf({
      a: slice(0, 1, { series: "anon & 1/2" }),
      b: slice(0, 2, { series: "1.2" }),
    });
    const items = await dicomFolder(folder.path).pipe(load("image")).toArray();
    expect(items.map(({ series, image }) => [series, alongZ(image)])).toEqual([
      ["1.2", [2]],
      ["anon & 1/2", [1]],
    ]);
  });

  test("linked directories and files, each once; a loop ends", async () => {
    await using folder = await folderOf({ "store/a": slice(0, 1), "other/b": slice(1, 2) });
    const root = join(folder.path, "study");
    await mkdir(root);
    await symlink(join(folder.path, "store"), join(root, "series"));
    await symlink(join(folder.path, "store"), join(root, "again"));
    await symlink(join(folder.path, "other", "b"), join(root, "b"));
    await symlink(root, join(folder.path, "store", "loop"));
    expect(alongZ(await readVolume(root))).toEqual([1, 2]);
    expect((await dicomFolder(root).toArray()).map(({ files }) => files)).toEqual([2]);
  });

  test("a link that leads nowhere may be a slice: an error for the series, a warning for the list", async () => {
    await using folder = await folderOf({ "s/a": slice(0, 1), "t/b": slice(0, 2, { series: "1.9" }) });
    await symlink(join(folder.path, "nowhere"), join(folder.path, "s", "c"));
    await expect(readVolume(join(folder.path, "s"))).rejects.toMatchObject({
      code: "VOXRX_FILE_MISSING",
      file: join(folder.path, "s", "c"),
    });
    const codes: string[] = [];
    const stop = onWarning(({ code }) => codes.push(code));
    const listed = await dicomFolder(folder.path).toArray().finally(stop);
    expect([listed.length, codes]).toEqual([2, ["VOXRX_BROKEN_LINK"]]);
    expect(alongZ(await readVolume(listed[1]?.image ?? ""))).toEqual([2]);
  });
});

describe("slices that do not belong", () => {
  const uid = (value: string) => ({ more: { 524312: value } });

  test("copies are left out, with a warning", async () => {
    await using folder = await folderOf({
      a: slice(0, 1, uid("5.1")),
      b: slice(1, 2, uid("5.2")),
      "b (1)": slice(1, 2, uid("5.2")),
    });
    const messages: string[] = [];
    const stop = onWarning(({ code, message }) => messages.push(`${code} ${message}`));
    const volume = await readVolume(folder.path).finally(stop);
    expect(alongZ(volume)).toEqual([1, 2]);
    expect(volume.meta.warnings).toEqual(["files of the series are copies and were left out: b (1) of b"]);
    expect(messages).toEqual([expect.stringMatching(/^VOXRX_DUPLICATE_FILES .*b \(1\) of b/)]);
  });

  test.each<[what: string, files: Record<string, DicomInit>, said: RegExp]>([
    [
      "one UID with two contents",
      { a: slice(0, 1, uid("5.1")), b: slice(1, 2, uid("5.2")), c: slice(1, 3, uid("5.2")) },
      /duplicated or missing: 1 at most positions, 2 at that of b/,
    ],
    [
      "a scout",
      { a: slice(0, 1), b: slice(1, 1), c: slice(2, 1), scout: slice(9, 1, { columns: 5 }) },
      /the image size differs between a and scout: 1 of 4 slices/,
    ],
    [
      "a screenshot",
      { a: slice(0, 1), b: slice(1, 1), shot: slice(0, 1, { position: undefined }) },
      /the presence of a position differs between a and shot/,
    ],
    [
      "localizers in three planes",
      {
        a: slice(0, 1),
        b: slice(1, 1, { orientation: [0, 1, 0, 0, 0, -1] }),
        c: slice(2, 1, { orientation: [1, 0, 0, 0, 0, -1] }),
      },
      /the orientation differs between a and b, c: 2 of 3 slices/,
    ],
    [
      "slices beside each other",
      { a: slice(0, 1, { number: 1 }), b: slice(0, 1, { number: 2, position: [30, 0, 0] }) },
      /in the same plane, but beside each other/,
    ],
  ])("%s is an error that names them", async (_, files, said) => {
    await using folder = await folderOf(files);
    await expect(readVolume(folder.path)).rejects.toMatchObject({ code: "VOXRX_BAD_SERIES" });
    await expect(readVolume(folder.path)).rejects.toThrow(said);
  });
});

describe("dicomFolder", () => {
  test("lists each series once, sorted by UID, and load reads it", async () => {
    await using folder = await folderOf({
      "p1/x": slice(1, 2, { series: "1.20", more: { 1048608: "P1", 528446: "thin" } }),
      "p1/y": slice(0, 1, { series: "1.20", more: { 1048608: "P1", 528446: "thin" } }),
      "p2/deep/z": slice(0, 5, { series: "1.10", more: { 1048608: "P2" } }),
    });
    const series = dicomFolder(folder.path, { patients: "real" });
    const items = await series.toArray();
    expect(items).toEqual([
      { image: `${join(folder.path, "p2/deep")}?series=1.10`, series: "1.10", patient: "P2", modality: "CT", files: 1 },
      {
        image: `${join(folder.path, "p1")}?series=1.20`,
        series: "1.20",
        patient: "P1",
        modality: "CT",
        description: "thin",
        files: 2,
      },
    ]);
    const volumes = await series.pipe(load("image")).toArray();
    expect(volumes.map(({ image, patient }) => [patient, alongZ(image)])).toEqual([
      ["P2", [5]],
      ["P1", [1, 2]],
    ]);
  });

  test("narrows down by modality and number of files, and says when nothing is left", async () => {
    await using folder = await folderOf({ a: slice(0, 1), b: slice(1, 1), c: slice(0, 1, { series: "9" }) });
    expect(
      (await dicomFolder(folder.path, { minFiles: 2, modality: "CT" }).toArray()).map(({ series }) => series),
    ).toEqual(["1.2.3"]);
    await expect(dicomFolder(folder.path, { modality: ["MR"] }).toArray()).rejects.toMatchObject({
      code: "VOXRX_EMPTY_FOLDER",
    });
    expect(() => dicomFolder(folder.path, { minFiles: 0 })).toThrow(
      expect.objectContaining({ code: "VOXRX_BAD_OPTION" }),
    );
  });
});
