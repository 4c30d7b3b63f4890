import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeVolume, readVolume, type Volume } from "voxrx";
import { decimalOf } from "../../../src/format/dicom/element-numbers.ts";
import { type Element, plainFile } from "../../support/dicom-elements.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";

const decode = (bytes: Uint8Array): Promise<Volume> => decodeVolume(bytes, { name: "a.dcm" });

/** The refusal of a value names the element by keyword and tag, and the value. */
async function expectRefusal(reading: Promise<Volume>, keyword: string, tag: string, shown: string): Promise<void> {
  const group = `(${tag.slice(0, 4)},${tag.slice(4)})`;
  await expect(reading).rejects.toMatchObject({
    code: expect.stringMatching(/^VOXRX_(BAD_HEADER|BAD_AFFINE)$/),
    message: expect.stringContaining(`${keyword} ${group}`),
    remedy: expect.stringContaining("Correct"),
  });
  await expect(reading).rejects.toThrow(shown);
}

const slope = ["RescaleSlope", "00281053"] as const;
const wrong: readonly [value: string, shown: string][] = [
  ...["2,5", "1O", "0x10", "1e", "e5", "Infinity", "-inf", "NaN", "1 2", "--1", "1.2.3", "."].map(
    (value): [string, string] => [value, value],
  ),
  ["1e999", "1e999"],
  ["1\\2", "1, 2"],
  ["1\\", 'where ""'],
];

describe("a decimal number of a DICOM file", () => {
  test.each(wrong)("%j is refused with its element", async (value, shown) => {
    await expectRefusal(decode(plainFile({ "00281053": ["DS", value] })), ...slope, shown);
  });

  test.each([
    ["+1.5", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["  2 ", 2],
    ["2\0", 2],
    ["-25e-1", -2.5],
    ["1E+1", 10],
  ])("%j is a number", async (text, slopeRead) => {
    const { storage } = await decode(plainFile({ "00281053": ["DS", text] }));
    expect(storage[3]).toBe(3 * slopeRead);
  });

  test.each(["", " ", "\0\0"])("%j is empty, which counts as absent", async (text) => {
    expect((await decode(plainFile({ "00281053": ["DS", text] }))).dtype).toBe("uint16");
  });

  test("what a number is written as is what it is read as; no other string is one", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => decimalOf(`${number}`) === number),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789+-.eE, xaINf") }), (text) => {
        const number = decimalOf(text);
        return number === undefined || (Number.isFinite(number) && /^[-+.\deE]+$/.test(text.trim()));
      }),
    );
  });

  test.each<[keyword: string, tag: string, element: Element, shown: string]>([
    ["RescaleIntercept", "00281052", ["DS", "-1O24"], "-1O24"],
    ["NumberOfFrames", "00280008", ["IS", "3x"], "3x"],
    ["NumberOfFrames", "00280008", ["IS", "1.5"], "1.5"],
    ["NumberOfFrames", "00280008", ["IS", "0"], "0"],
    ["PixelSpacing", "00280030", ["DS", "0,5\\0,5"], "0,5"],
    ["PixelSpacing", "00280030", ["DS", "0.5"], "has 1"],
    ["PixelSpacing", "00280030", ["DS", "1\\1\\1"], "has 3"],
    ["PixelSpacing", "00280030", ["DS", "0\\0"], "0, 0"],
    ["PixelSpacing", "00280030", ["DS", "-1\\1"], "-1, 1"],
    ["ImagerPixelSpacing", "00181164", ["DS", "a\\b"], "a"],
    ["ImagePositionPatient", "00200032", ["DS", "1,5\\2\\3"], "1,5"],
    ["ImagePositionPatient", "00200032", ["DS", "1\\2"], "has 2"],
    ["ImagePositionPatient", "00200032", ["DS", "1\\\\3"], 'where ""'],
    ["ImageOrientationPatient", "00200037", ["DS", "1\\0\\0\\0\\1"], "has 5"],
    ["ImageOrientationPatient", "00200037", ["DS", "1\\0\\0\\0\\l\\0"], "l"],
    ["SpacingBetweenSlices", "00180088", ["DS", "2,0"], "2,0"],
    ["SliceThickness", "00180050", ["DS", "five"], "five"],
    ["DoseGridScaling", "3004000E", ["DS", "1,5E-3"], "1,5E-3"],
    ["GridFrameOffsetVector", "3004000C", ["DS", "0\\1"], "has 2"],
    ["RescaleSlope", "00281053", ["DS", "0"], "is 0"],
    ["RescaleSlope", "00281053", ["FD", [Number.NaN]], "NaN"],
    ["RescaleSlope", "00281053", ["OB", new Uint8Array(4)], "OB"],
    ["Rows", "00280010", ["US", [4, 4]], "has 2"],
    ["Rows", "00280010", ["LO", "four"], "four"],
    ["Columns", "00280011", ["US", new Uint8Array([5, 0, 0, 0])], "has 2"],
    ["Columns", "00280011", ["UL", new Uint8Array([5, 0])], "2 bytes"],
    ["BitsAllocated", "00280100", ["US", new Uint8Array(0)], "missing"],
    ["BitsAllocated", "00280100", ["DA", "20200101"], "DA"],
    ["PixelRepresentation", "00280103", ["US", [7]], "7"],
    ["SamplesPerPixel", "00280002", ["US", [9]], "9"],
    ["ModalityLUTSequence", "00283000", ["LO", "table"], "LO"],
  ])("%s %s as %j is refused", async (keyword, tag, element, shown) => {
    const elements = { "00180050": undefined, "00280030": undefined, [tag]: element };
    await expectRefusal(decode(plainFile(elements)), keyword, tag, shown);
  });

  test.each<[what: string, shared: object, frame: object, keyword: string, tag: string]>([
    ["a slope", {}, { "00289145": ["SQ", [{ "00281053": ["DS", "1,5"] }]] }, "RescaleSlope", "00281053"],
    ["a position", {}, { "00209113": ["SQ", [{ "00200032": ["DS", "0\\0\\O"] }]] }, "ImagePositionPatient", "00200032"],
    ["a spacing", { "00289110": ["SQ", [{ "00280030": ["DS", "1mm\\1mm"] }]] }, {}, "PixelSpacing", "00280030"],
  ])("%s in the functional groups is refused", async (_, shared, frame, keyword, tag) => {
    const good = { "00209113": ["SQ", [{ "00200032": ["DS", "0\\0\\1"] }]] } as const;
    const bytes = plainFile({
      "00280008": ["IS", "2"],
      "52009229": ["SQ", [{ ...shared }]],
      "52009230": ["SQ", [good, { ...good, ...frame }]],
      "7FE00010": ["OW", new Uint8Array(80)],
    });
    await expectRefusal(decode(bytes), keyword, tag, "is not a decimal number");
  });

  test("a number written with another VR than the standard's is read as what it is", async () => {
    const written = plainFile({ "00280010": ["UL", [4]], "00281053": ["FD", [2.5]], "00281052": ["LO", "-1"] });
    expect((await decode(written)).storage[2]).toBe(4);
  });

  test.skipIf(!sharedData).each([
    ["slope_comma.dcm", ...slope, "2,5"],
    ["intercept_letterO.dcm", "RescaleIntercept", "00281052", "-1O24"],
    ["dose_scaling_comma.dcm", "DoseGridScaling", "3004000E", "1,5E-3"],
    ["frames_bad.dcm", "NumberOfFrames", "00280008", "3x"],
    ["pixel_spacing_comma.dcm", "PixelSpacing", "00280030", "0,5"],
    ["position_comma.dcm", "ImagePositionPatient", "00200032", "1,5"],
    ["series_slope_comma", ...slope, "2,5"],
  ])("%s is refused", async (name, keyword, tag, shown) => {
    await expectRefusal(readVolume(sharedFile("trouble", name)), keyword, tag, shown);
  });
});
