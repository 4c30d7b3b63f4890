import { readFile } from "node:fs/promises";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeVolume, readVolume, type Volume } from "voxrx";
import { type Elements, fragmentsOf, plainFile } from "../../support/dicom-elements.ts";
import { jpegLsFrame } from "../../support/jpeg-ls.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";

const decode = (bytes: Uint8Array): Promise<Volume> => decodeVolume(bytes, { name: "a.dcm" });
const dicom = "1.2.840.10008.1.2";
const eightBits: Elements = { "00280100": ["US", [8]], "00280101": ["US", [8]], "00280102": ["US", [7]] };

/** Elements of a color image of 2 x 1 pixels. */
function colorImage(photometric: string, pixels: Uint8Array, more: Elements = {}): Elements {
  return {
    ...eightBits,
    "00280002": ["US", [3]],
    "00280004": ["CS", photometric],
    "00280006": ["US", [0]],
    "00280010": ["US", [1]],
    "00280011": ["US", [2]],
    "7FE00010": ["OB", pixels],
    ...more,
  };
}

/** The RGB of two pixels. */
function colorsOf(volume: Volume): number[] {
  return [0, 1].flatMap((x) => [0, 1, 2].map((channel) => volume.get(channel, x, 0, 0) ?? Number.NaN));
}

// The forward transform of PS3.3, C.7.6.3.1.2.
function yccOf(red: number, green: number, blue: number): number[] {
  return [
    0.299 * red + 0.587 * green + 0.114 * blue,
    128 - 0.1687 * red - 0.3313 * green + 0.5 * blue,
    128 + 0.5 * red - 0.4187 * green - 0.0813 * blue,
  ].map((value) => Math.min(255, Math.round(value)));
}

describe("the photometric interpretation of a DICOM file", () => {
  const gray = Buffer.alloc(20, 200);
  const rle = Buffer.concat([Buffer.alloc(64), Buffer.from([256 - 19, 200])]);
  rle.set([1, 0, 0, 0, 64], 0);
  const jpeg = sharp(gray, { raw: { width: 5, height: 4, channels: 1 } })
    .jpeg({ quality: 100 })
    .toColourspace("b-w");

  test.each(["MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"])(
    "%s: samples are as stored, however compressed",
    async (name) => {
      const elements = { ...eightBits, "00280004": ["CS", name] } as const;
      const packed = (value: Uint8Array, code: string) =>
        decode(plainFile({ ...elements, "7FE00010": ["OB", fragmentsOf(value)] }, { announced: `${dicom}.${code}` }));
      const plain = await decode(plainFile({ ...elements, "7FE00010": ["OB", gray] }));
      const all = [plain, await packed(rle, "5"), await packed(await jpeg.toBuffer(), "4.50")];
      const ascending = Array.from({ length: 20 }, (_, n) => 5 * n);
      for (const { dtype, storage } of all) expect([dtype, ...storage]).toEqual(["uint8", ...gray]);
      expect([...(await packed(jpegLsFrame(ascending, 5, 4, 8), "4.80")).storage]).toEqual(ascending);
    },
  );

  test.skipIf(!sharedData).each(["MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm", "MR_small_RLE.dcm"])(
    "%s has the same samples if it is called MONOCHROME1",
    async (name) => {
      const bytes = await readFile(sharedFile("dicom/transfer_syntaxes", name));
      const plain = await readVolume(sharedFile("dicom/transfer_syntaxes/MR_small.dcm"));
      bytes.write("MONOCHROME1", bytes.indexOf("MONOCHROME2"), "latin1");
      expect((await decode(bytes)).storage).toEqual(plain.storage);
    },
  );

  test.skipIf(!sharedData).each([
    ["mono1_u8_jpeg_lossless.dcm", "uint8", 20, 219, 484480, [20, 43, 67, 91, 115]],
    ["mono1_u8_raw_control.dcm", "uint8", 20, 219, 484480, [20, 43, 67, 91, 115]],
    ["mono1_u12_j2k.dcm", "uint16", 100, 3099, 5508160, [100]],
    ["palette_jpegls.dcm", "uint8", 0, 15, 30720, []],
  ])("%s has its samples as stored", async (name, dtype, least, most, sum, some) => {
    const { shape, dtype: found, storage } = await readVolume(sharedFile("trouble", name));
    const values = Array.from(storage);
    const total = values.reduce((a, b) => a + b, 0);
    expect([shape, found, Math.min(...values), Math.max(...values), total]).toEqual([
      ...[[1, 64, 64, 1], dtype, least, most],
      sum,
    ]);
    expect([0, 1023, 2047, 3071, 4095].slice(0, some.length).map((at) => values[at])).toEqual(some);
  });
});

test("samples of any depth and sign come out of a codestream as they went in", async () => {
  const depth = fc.constantFrom(8, 9, 10, 12, 15, 16);
  const image = fc.record({ bits: depth, isSigned: fc.boolean(), noise: fc.infiniteStream(fc.nat(65535)) });
  await fc.assert(
    fc.asyncProperty(image, async ({ bits, isSigned, noise }) => {
      // Runs, and samples that break them.
      const codes = Array.from({ length: 20 }, (_, n) =>
        n % 5 < 3 ? 2 ** (bits - 1) : (noise.next().value ?? 0) % 2 ** bits,
      );
      const bytes = plainFile(
        {
          "00280004": ["CS", "MONOCHROME1"],
          "00280101": ["US", [bits]],
          "00280102": ["US", [bits - 1]],
          "00280103": ["US", [isSigned ? 1 : 0]],
          "7FE00010": ["OB", fragmentsOf(jpegLsFrame(codes, 5, 4, bits))],
        },
        { announced: `${dicom}.4.80` },
      );
      const values = codes.map((code) => (isSigned && code >= 2 ** (bits - 1) ? code - 2 ** bits : code));
      expect([...(await decode(bytes)).storage]).toEqual(values);
    }),
    { numRuns: 12 },
  );
});

describe("YCbCr in a DICOM file", () => {
  const rgb = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 6, maxLength: 6 });

  test("uncompressed, interleaved or in planes, it becomes the RGB that it was made from", async () => {
    await fc.assert(
      fc.asyncProperty(rgb, async (colors) => {
        const ycc = [...yccOf(...triple(colors, 0)), ...yccOf(...triple(colors, 3))];
        const planes = [0, 3, 1, 4, 2, 5].map((at) => ycc[at] ?? 0);
        const [beside, apart] = await Promise.all([
          decode(plainFile(colorImage("YBR_FULL", Uint8Array.from(ycc)))),
          decode(plainFile(colorImage("YBR_FULL", Uint8Array.from(planes), { "00280006": ["US", [1]] }))),
        ]);
        expect(colorsOf(apart)).toEqual(colorsOf(beside));
        for (const [n, value] of colorsOf(beside).entries()) expect(Math.abs(value - (colors[n] ?? 0))).toBeLessThan(3);
      }),
      { numRuns: 20 },
    );
  });

  test("in RLE frames too", async () => {
    // Segments of Y, Cb and Cr: literal runs of two bytes.
    const [y, cb, cr] = yccOf(200, 40, 90);
    const frame = Buffer.alloc(76);
    for (const [n, value] of [3, 64, 68, 72].entries()) frame.writeUInt32LE(value, 4 * n);
    for (const [n, value] of [y, cb, cr].entries()) frame.set([1, value ?? 0, value ?? 0], 64 + 4 * n);
    const bytes = plainFile(colorImage("YBR_FULL", fragmentsOf(frame)), { announced: `${dicom}.5` });
    expect(colorsOf(await decode(bytes))).toEqual([200, 40, 90, 200, 40, 90].map(near));
  });

  test("pairs of uncompressed pixels that share colors become RGB, and those that say so but do not share", async () => {
    const [one, two] = [yccOf(200, 40, 90), yccOf(190, 30, 80)];
    const [cb = 0, cr = 0] = one.slice(1);
    const shared = Uint8Array.from([one[0] ?? 0, two[0] ?? 0, cb, cr]);
    const right = [200, 40, 90, 190, 30, 80].map(near);
    expect(colorsOf(await decode(plainFile(colorImage("YBR_FULL_422", shared))))).toEqual(right);
    const apart = Uint8Array.from([...one, ...two]);
    expect(colorsOf(await decode(plainFile(colorImage("YBR_FULL_422", apart))))).toEqual(right);
    const odd = colorImage("YBR_FULL_422", new Uint8Array(6), { "00280011": ["US", [3]] });
    await expect(decode(plainFile(odd))).rejects.toThrow("PhotometricInterpretation (0028,0004) is YBR_FULL_422");
  });

  test.each(["YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_RCT", "YBR_ICT"])(
    "uncompressed %s is refused with the element",
    async (photometric) => {
      await expect(decode(plainFile(colorImage(photometric, new Uint8Array(6))))).rejects.toMatchObject({
        code: "VOXRX_UNSUPPORTED_ENCODING",
        message: expect.stringContaining(`PhotometricInterpretation (0028,0004) is ${photometric}`),
      });
    },
  );

  // JPEG frames of an encoder that follows JFIF: YCbCr, whatever the DICOM elements say.
  test.each([
    ["RGB", "4:4:4"],
    ["RGB", "4:2:0"],
    ["YBR_FULL", "4:4:4"],
    ["YBR_FULL_422", "4:2:0"],
  ])("a JPEG frame called %s, with subsampling %s, is RGB", async (photometric, chromaSubsampling) => {
    const raw = Buffer.from([200, 40, 90, 200, 40, 90]);
    const image = sharp(raw, { raw: { width: 2, height: 1, channels: 3 } });
    const bare = await image.jpeg({ quality: 100, chromaSubsampling }).toBuffer();
    const jfif = Buffer.from("ffe000104a46494600010101004800480000", "hex");
    const jpeg = Buffer.concat([bare.subarray(0, 2), jfif, bare.subarray(2)]);
    const bytes = plainFile(colorImage(photometric, fragmentsOf(jpeg)), { announced: `${dicom}.4.50` });
    expect(colorsOf(await decode(bytes))).toEqual([...raw].map(near));
  });

  test.skipIf(!sharedData)("SC_rgb_jpeg.dcm is as a JPEG decoder reads its frame", async () => {
    const path = sharedFile("trouble/SC_rgb_jpeg.dcm");
    const file = await readFile(path);
    const { data } = await sharp(file.subarray(file.indexOf(Buffer.from([0xff, 0xd8, 0xff]))))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const volume = await readVolume(path);
    expect(volume.shape).toEqual([3, 256, 256]);
    let worst = 0;
    for (const [n, value] of data.entries()) worst = Math.max(worst, Math.abs(value - (volume.storage[n] ?? 0)));
    expect(worst).toBeLessThan(3);
  });

  test.skipIf(!sharedData)("JPEG 2000 that transforms colors itself is not called YBR_FULL", async () => {
    const bytes = await readFile(sharedFile("dicom/transfer_syntaxes/examples_jpeg2k.dcm"));
    bytes.write("YBR_FULL", bytes.indexOf("YBR_RCT "), "latin1");
    await expect(decode(bytes)).rejects.toMatchObject({
      code: "VOXRX_UNSUPPORTED_ENCODING",
      message: expect.stringContaining("PhotometricInterpretation (0028,0004) is YBR_FULL"),
    });
  });
});

function triple(numbers: readonly number[], at: number): [number, number, number] {
  return [numbers[at] ?? 0, numbers[at + 1] ?? 0, numbers[at + 2] ?? 0];
}

/** Matches a sample that differs by what rounding to YCbCr and back may change. */
function near(value: number): unknown {
  return expect.closeTo(value, -0.6);
}

describe("a color space that is not read, or contradicts the samples of a pixel", () => {
  test.each<[string, string, number, string]>([
    ["HSV", "VOXRX_UNSUPPORTED_ENCODING", 3, "PhotometricInterpretation (0028,0004) is HSV"],
    ["ybr_full", "VOXRX_UNSUPPORTED_ENCODING", 3, "PhotometricInterpretation (0028,0004) is ybr_full"],
    ["", "VOXRX_UNSUPPORTED_ENCODING", 3, "PhotometricInterpretation (0028,0004) is missing"],
    ["ARGB", "VOXRX_UNSUPPORTED_ENCODING", 4, "PhotometricInterpretation (0028,0004) is ARGB"],
    ["MONOCHROME2", "VOXRX_BAD_HEADER", 3, "SamplesPerPixel (0028,0002) is 3"],
    ["RGB", "VOXRX_BAD_HEADER", 1, "SamplesPerPixel (0028,0002) is 1"],
    ["RGB", "VOXRX_BAD_HEADER", 4, "SamplesPerPixel (0028,0002) is 4"],
  ])("%j is refused with %s for %d samples", async (photometric, code, samples, named) => {
    const more: Elements = { "00280002": ["US", [samples]] };
    const refusal = decode(plainFile(colorImage(photometric, new Uint8Array(2 * samples), more)));
    await expect(refusal).rejects.toMatchObject({ code, message: expect.stringContaining(named) });
  });
});
