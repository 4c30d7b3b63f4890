import { describe, expect, test } from "vitest";
import { decodeVolume } from "voxrx";
import { type TiffPage, tiffFile } from "../../support/tiff-file.ts";
import { valuesOf } from "../../support/volumes.ts";

const gray: TiffPage = { width: 2, height: 1, bits: [8], photometric: 1, data: Uint8Array.of(7, 9, 0, 0, 0, 0, 0, 0) };
const decode = (...pages: TiffPage[]) => decodeVolume(tiffFile(...pages), { name: "a.tif" });

describe("a TIFF that the decoder would take for something else is refused", () => {
  test.each<[string, Partial<TiffPage>, string, string]>([
    [
      "YCbCr without JPEG",
      { photometric: 6, bits: [8, 8, 8] },
      "VOXRX_UNSUPPORTED_ENCODING",
      "PhotometricInterpretation (262) is 6",
    ],
    [
      "ICCLab",
      { photometric: 9, bits: [8, 8, 8] },
      "VOXRX_UNSUPPORTED_ENCODING",
      "PhotometricInterpretation (262) is 9",
    ],
    ["12 bits", { bits: [12] }, "VOXRX_UNSUPPORTED_DTYPE", "BitsPerSample (258) is 12"],
    ["64 bits", { bits: [64] }, "VOXRX_UNSUPPORTED_DTYPE", "BitsPerSample (258) is 64"],
    ["a second sample that is nothing", { bits: [8, 8] }, "VOXRX_BAD_HEADER", "SamplesPerPixel (277) is 2"],
    [
      "images of ImageJ without pages",
      { description: "ImageJ=1.53t\nimages=3\nslices=3\n" },
      "VOXRX_UNSUPPORTED_ENCODING",
      "announces 3 images of ImageJ, but there are 1 pages",
    ],
  ])("%s", async (_, more, code, named) => {
    await expect(decode({ ...gray, ...more })).rejects.toMatchObject({ code, message: expect.stringContaining(named) });
  });

  test("a stack of ImageJ with all its pages is read", async () => {
    const volume = await decode({ ...gray, description: "ImageJ=1.53t\nimages=2\n" }, gray);
    expect([volume.shape, valuesOf(volume)]).toEqual([
      [1, 2, 1, 2],
      [7, 9, 7, 9],
    ]);
  });
});
