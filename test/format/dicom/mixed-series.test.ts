import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDicomSeries } from "voxrx";
import { plainFile } from "../../support/dicom-elements.ts";
import { type ElementInit, sliceFile } from "../../support/dicom-slices.ts";
import { temporaryFolder } from "../../support/folder.ts";

async function seriesOf(files: readonly Uint8Array[]) {
  const folder = await temporaryFolder();
  for (const [n, file] of files.entries()) await writeFile(join(folder.path, `slice${n}`), file);
  return folder;
}

describe("slices of one series whose samples or positions can't be compared", () => {
  test.each<[string, ElementInit, ElementInit]>([
    ["PhotometricInterpretation", [0x00280004, "CS", "MONOCHROME2"], [0x00280004, "CS", "MONOCHROME1"]],
    ["PhotometricInterpretation", [0x00280004, "CS", "PALETTE COLOR"], [0x00280004, "CS", "MONOCHROME2"]],
    ["FrameOfReferenceUID", [0x00200052, "UI", "1.2.3.4"], [0x00200052, "UI", "1.2.3.5"]],
    ["Modality", [0x00080060, "CS", "PT"], [0x00080060, "CS", "CT"]],
    ["Units", [0x00541001, "CS", "BQML"], [0x00541001, "CS", "CNTS"]],
  ])("%s %s, %s: refused", async (name, usual, odd) => {
    const at = (z: number, more: ElementInit) => sliceFile({ z, value: z, more: [more] });
    await using folder = await seriesOf([at(0, usual), at(1, odd), at(2, usual)]);
    const message = expect.stringMatching(new RegExp(`${name} \\(.{9}\\) differs between slice0 and slice1`));
    await expect(readDicomSeries(folder.path)).rejects.toMatchObject({ code: "VOXRX_BAD_SERIES", message });
  });
});

describe("two series with one UID at the same positions", () => {
  test.each<[string, readonly [ElementInit, ElementInit]]>([
    [
      "SeriesNumber",
      [
        [0x00200011, "IS", "1"],
        [0x00200011, "IS", "2"],
      ],
    ],
    [
      "SeriesDescription",
      [
        [0x0008103e, "LO", "arterial"],
        [0x0008103e, "LO", "venous"],
      ],
    ],
  ])("are told apart by %s, not by numbers that alternate", async (keyword, marks) => {
    const at = (z: number, series: 0 | 1, number: number) =>
      sliceFile({ z, value: 10 * series + z, more: [marks[series], [0x00200013, "IS", String(number)]] });
    await using folder = await seriesOf([at(0, 0, 1), at(0, 1, 2), at(1, 1, 3), at(1, 0, 4)]);
    const volume = await readDicomSeries(folder.path);
    expect([0, 1].map((c) => [0, 1].map((z) => volume.get(c, 0, 0, z)))).toEqual([
      [0, 1],
      [10, 11],
    ]);
    expect(volume.meta.header?.volumeBy).toEqual([keyword]);
  });
});

describe("slices of a fine resolution", () => {
  const at = (steps: number, y = 0) =>
    sliceFile({
      z: steps / 100,
      value: steps,
      more: [
        [0x00200032, "DS", `0\\${y}\\${steps / 100}`],
        [0x00280030, "DS", "0.01\\0.01"],
      ],
    });

  test("are stacked if they are even", async () => {
    await using folder = await seriesOf([0, 1, 2, 3].map((steps) => at(steps)));
    const { shape, spacing } = await readDicomSeries(folder.path);
    expect([shape, spacing.map((mm) => Number(mm.toFixed(6)))]).toEqual([
      [1, 2, 2, 4],
      [0.01, 0.01, 0.01],
    ]);
  });

  test("are refused if one is missing, or shifted", async () => {
    await using gap = await seriesOf([0, 1, 2, 4].map((steps) => at(steps)));
    await using shifted = await seriesOf([at(0), at(1, 0.015), at(2), at(3)]);
    for (const folder of [gap, shifted]) {
      await expect(readDicomSeries(folder.path)).rejects.toThrow("unevenly spaced");
    }
  });
});

describe("a slice without the preamble", () => {
  const shape: ElementInit[] = [
    [0x00280010, "US", [4]],
    [0x00280011, "US", [5]],
    [0x7fe00010, "OW", new Uint8Array(40)],
  ];

  test("is a slice, with the mark or in big-endian order", async () => {
    const marked = sliceFile({ z: 0, value: 1, more: shape }).subarray(128);
    const swapped = plainFile({ "00200032": ["DS", "0\\0\\1"] }, { announced: undefined, littleEndian: false });
    await using folder = await seriesOf([marked, swapped.subarray(132)]);
    expect((await readDicomSeries(folder.path)).shape).toEqual([1, 5, 4, 2]);
  });
});
