import { describe, expect, test } from "vitest";
import { decodeVolume, readVolume, type Volume } from "voxrx";
import { type Elements, plainFile } from "../../support/dicom-elements.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";

const decode = (bytes: Uint8Array): Promise<Volume> => decodeVolume(bytes, { name: "a.dcm" });
const three: Elements = {
  "00280008": ["IS", "3"],
  "7FE00010": ["OW", Array.from({ length: 60 }, (_, n) => n)],
};

describe("the direction cosines of a DICOM image", () => {
  test.each([
    ["2\\0\\0\\0\\2\\0", "2, 0, 0, 0, 2, 0"],
    ["0\\0\\0\\0\\0\\0", "0, 0, 0"],
    ["1\\0\\0\\1\\0\\0", "1, 0, 0, 1, 0, 0"],
    ["1\\0\\0\\0.1\\0.995\\0", "0.1"],
    ["0.99\\0\\0\\0\\1\\0", "0.99"],
  ])("%s are refused with the element", async (value, shown) => {
    const refusal = decode(plainFile({ "00200037": ["DS", value] }));
    await expect(refusal).rejects.toMatchObject({
      code: "VOXRX_BAD_AFFINE",
      message: expect.stringContaining(`ImageOrientationPatient (0020,0037) is ${value.replaceAll("\\", ", ")}`),
    });
    await expect(refusal).rejects.toThrow(shown);
  });

  test.each(["1\\0\\0\\0\\1\\0", "0.70711\\0.70711\\0\\-0.7071\\0.7071\\0"])("%s are directions", async (value) => {
    expect((await decode(plainFile({ "00200037": ["DS", value] }))).shape).toEqual([1, 5, 4, 1]);
  });

  test.skipIf(!sharedData)("a series with directions of length 2 is refused", async () => {
    await expect(readVolume(sharedFile("trouble/iop_not_unit"))).rejects.toThrow("ImageOrientationPatient (0020,0037)");
  });
});

describe("the distance between frames", () => {
  const negative = { "00180088": ["DS", "-4"] } as const;

  test("a negative one of nuclear medicine stacks frames against the normal", async () => {
    for (const nuclear of [
      { "00080060": ["CS", "NM"] },
      { "00080060": ["CS", "PT"], "00080016": ["UI", "1.2.840.10008.5.1.4.1.1.20"] },
    ] satisfies Elements[]) {
      const { shape, affine } = await decode(plainFile({ ...three, ...negative, ...nuclear }));
      expect([shape, affine[10]]).toEqual([[1, 5, 4, 3], -4]);
    }
  });

  test("the place of reconstructed slices can be that of their detector", async () => {
    const detector = { "00200032": ["DS", "10\\20\\30"], "00200037": ["DS", "0\\1\\0\\0\\0\\-1"] } satisfies Elements;
    const elements = { "00080060": ["CS", "NM"], "00200032": undefined, "00200037": undefined } satisfies Elements;
    const { affine } = await decode(plainFile({ ...three, ...negative, ...elements, "00540022": ["SQ", [detector]] }));
    // In LPS: columns along y, rows along -z, frames against -x.
    expect([...affine].map((value) => value + 0)).toEqual([0, 0, -4, -10, -1, 0, 0, -20, 0, -1, 0, 30, 0, 0, 0, 1]);
  });

  test("elsewhere it is refused with the element, unless frames have positions", async () => {
    await expect(decode(plainFile({ ...three, ...negative }))).rejects.toThrow(
      "SpacingBetweenSlices (0018,0088) must be positive, got -4",
    );
    const frames = [2, 0, 1].map((z): Elements => ({ "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${z}`] }]] }));
    const placed = await decode(plainFile({ ...three, ...negative, "52009230": ["SQ", frames] }));
    expect([placed.affine[10], placed.get(0, 0, 0, 0)]).toEqual([1, 20]);
    expect((await decode(plainFile(negative))).affine[10]).toBe(4);
  });

  test.skipIf(!sharedData)("nm_negative_spacing.dcm goes against its normal", async () => {
    const { affine, shape } = await readVolume(sharedFile("trouble/nm_negative_spacing.dcm"));
    expect([affine[10], affine[11], shape]).toEqual([-4, 0, [1, 5, 4, 3]]);
  });
});

test("functional groups of fewer frames than announced are refused", async () => {
  const frames = [0, 1].map((z): Elements => ({ "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${z}`] }]] }));
  await expect(decode(plainFile({ ...three, "52009230": ["SQ", frames] }))).rejects.toThrow(
    "PerFrameFunctionalGroupsSequence (5200,9230) has 2 items, but NumberOfFrames is 3",
  );
});

test("each frame has its own rescaling", async () => {
  const frames = [1, 10, 100].map((slope, z): Elements => {
    const values = { "00281052": ["DS", `${z}`], "00281053": ["DS", `${slope}`] } satisfies Elements;
    return { "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${z}`] }]], "00289145": ["SQ", [values]] };
  });
  const volume = await decode(plainFile({ ...three, "52009230": ["SQ", frames] }));
  expect([0, 1, 2].map((z) => volume.get(0, 1, 0, z))).toEqual([1, 211, 4102]);
});

describe("an image with a position", () => {
  test.each([
    ["ImageOrientationPatient (0020,0037)", "00200037"],
    ["PixelSpacing (0028,0030)", "00280030"],
  ])("without %s is refused", async (name, tag) => {
    const refusal = decode(plainFile({ [tag]: undefined }));
    await expect(refusal).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER", message: expect.stringContaining(name) });
  });
});

describe("a dose", () => {
  const dose = (more: Elements) =>
    decode(plainFile({ ...three, "00180050": undefined, "00200032": ["DS", "0\\0\\10"], ...more }));

  test("has frames at offsets from the first one, or from the patient's origin", async () => {
    const relative = await dose({ "3004000C": ["DS", "0\\2\\4"] });
    const absolute = await dose({ "3004000C": ["DS", "10\\12\\14"] });
    expect([...absolute.affine]).toEqual([...relative.affine]);
    expect([...relative.affine.slice(8, 12)]).toEqual([0, 0, 2, 10]);
  });

  test.each<[string, Elements]>([
    ["7\\9\\11", {}],
    ["10\\12\\14", { "00200037": ["DS", "1\\0\\0\\0\\-1\\0"] }],
  ])("whose offsets start with neither is refused: %s", async (offsets, more) => {
    const refusal = dose({ "3004000C": ["DS", offsets], ...more });
    const message = expect.stringContaining("GridFrameOffsetVector (3004,000C) starts with");
    await expect(refusal).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER", message });
  });

  test("is scaled by DoseGridScaling, also next to a rescale that changes nothing", async () => {
    const scaled: Elements = { "3004000C": ["DS", "0\\2\\4"], "3004000E": ["DS", "0.5"] };
    const volume = await dose({ ...scaled, "00281052": ["DS", "0"], "00281053": ["DS", "1"] });
    expect(volume.get(0, 1, 0, 0)).toBe(0.5);
    const refusal = dose({ ...scaled, "00281053": ["DS", "2"] });
    const message = expect.stringContaining("DoseGridScaling (3004,000E) is 0.5");
    await expect(refusal).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER", message });
  });
});
