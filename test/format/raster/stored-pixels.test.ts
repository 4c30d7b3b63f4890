import { existsSync } from "node:fs";
import { endianness } from "node:os";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeVolume, readVolume } from "voxrx";
import { iccProfile, jpegWithIcc, pngColorChunks, webpWithIcc } from "../../support/icc-profile.ts";
import { type PngFile, pngChunk, pngFile, wide } from "../../support/png-file.ts";
import { sharedFile } from "../../support/shared.ts";
import { type TiffPage, tiffFile } from "../../support/tiff-file.ts";
import { valuesOf } from "../../support/volumes.ts";

const decode = (bytes: Uint8Array, name: string) => decodeVolume(bytes, { name });
const little16 = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);

describe.skipIf(!existsSync(sharedFile("trouble")))("pictures of one color with a color profile", () => {
  test.each([
    ["grey_icc.jpg", [64]],
    ["rgb_icc.jpg", [64, 128, 32]],
    ["rgb_icc.webp", [64, 128, 32]],
  ])("%s has its stored color", async (name, color) => {
    const volume = await readVolume(sharedFile("trouble", name));
    expect([volume.shape, volume.dtype]).toEqual([[color.length, 16, 16], "uint8"]);
    expect(valuesOf(volume)).toEqual(color.flatMap((value) => new Array<number>(256).fill(value)));
  });

  test("a gray PNG with a transparent value has an alpha channel", async () => {
    const volume = await readVolume(sharedFile("trouble", "grey_transparency.png"));
    expect(volume.shape).toEqual([2, 9, 6]);
    const values = valuesOf(volume);
    expect(values.slice(54)).toEqual(values.slice(0, 54).map((gray) => (gray === 5 ? 0 : 255)));
  });
});

describe("a color profile changes no sample", () => {
  const [gray, rgb] = [iccProfile("GRAY", 1), iccProfile("RGB ", 2.5)];
  const pixels = Buffer.from(Uint8Array.from({ length: 8 * 8 * 3 }, (_, n) => (n * 41) % 251));
  const picture = () => sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } });

  async function expectSame(plain: Buffer, profiled: Buffer, name: string): Promise<void> {
    // Otherwise the profile would prove nothing.
    const isGray = (await sharp(plain).metadata()).channels === 1;
    const [before, after] = await Promise.all(
      [plain, profiled].map((bytes) =>
        sharp(bytes)
          .toColourspace(isGray ? "b-w" : "srgb")
          .raw()
          .toBuffer(),
      ),
    );
    expect(before).not.toEqual(after);
    expect(valuesOf(await decode(profiled, name))).toEqual(valuesOf(await decode(plain, name)));
  }

  test("of a JPEG, in color without subsampling and in gray", async () => {
    const color = await picture().jpeg({ chromaSubsampling: "4:4:4", quality: 100 }).toBuffer();
    await expectSame(color, jpegWithIcc(color, rgb), "a.jpg");
    const plain = await picture().toColourspace("b-w").jpeg().toBuffer();
    await expectSame(plain, jpegWithIcc(plain, gray), "a.jpg");
  });

  test("of a WebP", async () => {
    const plain = await picture().webp({ lossless: true }).toBuffer();
    await expectSame(plain, webpWithIcc(plain, rgb, 8, 8), "a.webp");
    expect((await decode(webpWithIcc(plain, rgb, 8, 8), "a.webp")).get(1, 2, 3)).toBe(pixels[(3 * 8 + 2) * 3 + 1]);
  });

  test.skipIf(endianness() === "BE").each<[string, TiffPage, Buffer]>([
    ["8-bit gray", { width: 2, height: 1, bits: [8], photometric: 1, data: Uint8Array.of(60, 200) }, gray],
    ["16-bit gray", { width: 2, height: 1, bits: [16], photometric: 1, data: little16(900, 40_000) }, gray],
    ["8-bit RGB", { width: 1, height: 1, bits: [8, 8, 8], photometric: 2, data: Uint8Array.of(9, 99, 199) }, rgb],
    ["16-bit RGB", { width: 1, height: 1, bits: [16, 16, 16], photometric: 2, data: little16(9, 9999, 59_999) }, rgb],
  ])("of a TIFF of %s", async (_, page, profile) => {
    const stored = page.bits[0] === 16 ? [...new Uint16Array(Uint8Array.from(page.data).buffer)] : [...page.data];
    expect(valuesOf(await decode(tiffFile({ ...page, profile }), "a.tif"))).toEqual(stored);
  });

  test("of a PNG, nor does a gamma", async () => {
    const color = {
      width: 1,
      height: 1,
      colorType: 2,
      depth: 16,
      lines: Uint8Array.of(0, ...wide(9, 999, 59_999)),
    } as const;
    expect(valuesOf(await decode(pngFile({ ...color, chunks: pngColorChunks(rgb) }), "a.png"))).toEqual([
      9, 999, 59_999,
    ]);
    const one = { width: 2, height: 1, colorType: 0, depth: 8, lines: Uint8Array.of(0, 60, 200) } as const;
    expect(valuesOf(await decode(pngFile({ ...one, chunks: pngColorChunks(gray) }), "a.png"))).toEqual([60, 200]);
  });
});

describe("a TIFF", () => {
  const one = { width: 2, height: 1 } as const;

  test.each<[what: string, page: TiffPage, dtype: string, channels: number, values: number[]]>([
    [
      "of single bits",
      { ...one, width: 4, bits: [1], photometric: 1, data: Uint8Array.of(0xa0) },
      "uint8",
      1,
      [255, 0, 255, 0],
    ],
    ["of 4 bits", { ...one, bits: [4], photometric: 1, data: Uint8Array.of(0x3f) }, "uint8", 1, [51, 255]],
    [
      "whose 0 is white",
      { ...one, bits: [16], photometric: 0, data: little16(1, 60_000) },
      "uint16",
      1,
      [65_534, 5535],
    ],
    [
      "of a palette",
      { ...one, bits: [8], photometric: 3, data: Uint8Array.of(3, 250), colorMap: paletteOf((i) => [i, 255 - i, 7]) },
      "uint8",
      3,
      [3, 250, 252, 5, 7, 7],
    ],
    [
      "of 16-bit gray with alpha",
      { ...one, bits: [16, 16], photometric: 1, extraSamples: [2], data: little16(1000, 0, 2000, 65_535) },
      "uint16",
      2,
      [1000, 2000, 0, 65_535],
    ],
    [
      "of 16-bit RGB with alpha",
      { ...one, width: 1, bits: [16, 16, 16, 16], photometric: 2, extraSamples: [2], data: little16(1, 2, 3, 4) },
      "uint16",
      4,
      [1, 2, 3, 4],
    ],
    [
      "of CMYK, as (1 - ink)(1 - black)",
      { ...one, bits: [8, 8, 8, 8], photometric: 5, data: Uint8Array.of(255, 51, 0, 0, 0, 102, 0, 128) },
      "uint8",
      3,
      [0, 127, 204, 76, 255, 127],
    ],
    [
      "of 16-bit CMYK",
      { ...one, width: 1, bits: [16, 16, 16, 16], photometric: 5, data: little16(65_535, 100, 0, 0) },
      "uint16",
      3,
      [0, 65_435, 65_535],
    ],
  ])("%s is read", async (_, page, dtype, channels, values) => {
    const volume = await decode(tiffFile(page), "a.tif");
    expect([volume.shape, volume.dtype]).toEqual([[channels, page.width, page.height], dtype]);
    expect(valuesOf(volume)).toEqual(values);
  });

  test.each<[what: string, pages: TiffPage[], code: string, words: RegExp]>([
    [
      "floats",
      [{ ...one, width: 1, bits: [32], photometric: 1, sampleFormat: 3, data: new Uint8Array(4) }],
      "VOXRX_UNSUPPORTED_DTYPE",
      /float/,
    ],
    [
      "signed 16-bit numbers",
      [{ ...one, width: 1, bits: [16], photometric: 1, sampleFormat: 2, data: new Uint8Array(2) }],
      "VOXRX_UNSUPPORTED_DTYPE",
      /short/,
    ],
    [
      "gray with two more samples",
      [{ ...one, bits: [8, 8, 8], photometric: 1, extraSamples: [0, 0], data: new Uint8Array(6) }],
      "VOXRX_BAD_HEADER",
      /b-w with 3 channels/,
    ],
    [
      "gray with three more samples, which are not RGB with alpha",
      [{ ...one, bits: [16, 16, 16, 16], photometric: 1, extraSamples: [0, 0, 0], data: new Uint8Array(16) }],
      "VOXRX_BAD_HEADER",
      /grey16 with 4 channels/,
    ],
    [
      "pages of two sizes",
      [
        { ...one, bits: [8], photometric: 1, data: Uint8Array.of(1, 2) },
        { ...one, width: 1, bits: [8], photometric: 1, data: Uint8Array.of(1) },
      ],
      "VOXRX_BAD_HEADER",
      /pages .* differ/,
    ],
  ])("of %s is refused", async (_, pages, code, words) => {
    await expect(decode(tiffFile(...pages), "a.tif")).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
  });

  test("with another format under its name is refused, not drawn", async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>',
    );
    await expect(decode(svg, "a.tif")).rejects.toMatchObject({ code: "VOXRX_UNKNOWN_FORMAT" });
  });

  function paletteOf(color: (index: number) => number[]): number[] {
    return [0, 1, 2].flatMap((c) => Array.from({ length: 256 }, (_, index) => (color(index)[c] ?? 0) * 257));
  }
});

test("a CMYK JPEG has its stored inks, whatever its profile", async () => {
  const inks = Buffer.from(Uint8Array.from({ length: 8 * 8 * 4 }, (_, n) => [200, 40, 0, 30][n % 4] ?? 0));
  const cmyk = tiffFile({ width: 8, height: 8, bits: [8, 8, 8, 8], photometric: 5, data: inks });
  const jpeg = await sharp(cmyk).pipelineColourspace("cmyk").toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
  const wanted = [(255 - 200) * 225, (255 - 40) * 225, 255 * 225].map((product) => product / 255);
  const volume = await decode(jpeg, "a.jpg");
  expect(volume.shape).toEqual([3, 8, 8]);
  for (const [c, value] of wanted.entries())
    expect(Math.abs((volume.get(c, 3, 4) ?? 0) - value)).toBeLessThanOrEqual(2);
});

describe("a PNG", () => {
  test.each<[what: string, file: PngFile, transparent: number[], channels: number[][]]>([
    [
      "8-bit gray",
      { width: 3, height: 1, colorType: 0, depth: 8, lines: Uint8Array.of(0, 7, 200, 7) },
      [0, 7],
      [
        [7, 200, 7],
        [0, 255, 0],
      ],
    ],
    [
      "2-bit gray, by its stored value",
      { width: 4, height: 1, colorType: 0, depth: 2, lines: Uint8Array.of(0, 0b00011011) },
      [0, 2],
      [
        [0, 85, 170, 255],
        [255, 255, 0, 255],
      ],
    ],
    [
      "16-bit gray, by all its bits",
      { width: 2, height: 1, colorType: 0, depth: 16, lines: Uint8Array.of(0, ...wide(0x1234, 0x1235)) },
      wide(0x1234),
      [
        [0x1234, 0x1235],
        [0, 65_535],
      ],
    ],
    [
      "8-bit RGB, even of one pixel",
      { width: 1, height: 1, colorType: 2, depth: 8, lines: Uint8Array.of(0, 1, 2, 3) },
      wide(1, 2, 3),
      [[1], [2], [3], [0]],
    ],
    [
      "16-bit RGB, by all its samples",
      { width: 2, height: 1, colorType: 2, depth: 16, lines: Uint8Array.of(0, ...wide(1, 2, 3, 1, 2, 300)) },
      wide(1, 2, 300),
      [
        [1, 1],
        [2, 2],
        [3, 300],
        [65_535, 0],
      ],
    ],
  ])("whose transparent color is given has an alpha channel: %s", async (_, file, transparent, channels) => {
    const chunk = pngChunk("tRNS", Uint8Array.from(transparent));
    const volume = await decode(pngFile({ ...file, chunks: [chunk] }), "a.png");
    expect([volume.channels, valuesOf(volume)]).toEqual([channels.length, channels.flat()]);
  });

  test("of true color is not taken for indices because it suggests a palette", async () => {
    const lines = Uint8Array.of(0, 1, 2, 3, 0, 1, 2);
    const chunks = [
      pngChunk(
        "PLTE",
        Uint8Array.from({ length: 12 }, (_, n) => 100 + n),
      ),
    ];
    const volume = await decode(pngFile({ width: 2, height: 1, colorType: 2, depth: 8, lines, chunks }), "a.png");
    expect(valuesOf(volume)).toEqual([1, 0, 2, 1, 3, 2]);
  });

  // libpng, by way of sharp, is the reference for every kind of PNG.
  const kinds = (
    [
      [0, [1, 2, 4, 8, 16]],
      [2, [8, 16]],
      [3, [1, 2, 4, 8]],
      [4, [8, 16]],
      [6, [8, 16]],
    ] as const
  ).flatMap(([colorType, depths]) =>
    depths.flatMap((depth) => [false, true].map((isInterlaced) => ({ colorType, depth, isInterlaced }))),
  );
  test.each(kinds)("of type $colorType with $depth bits, interlaced: $isInterlaced", async (kind) => {
    for (const [width, height] of [
      [13, 9],
      [1, 1],
      [3, 5],
    ] as const) {
      const palette = pngChunk(
        "PLTE",
        Uint8Array.from({ length: 3 * 2 ** Math.min(8, kind.depth) }, (_, n) => (n * 37) % 256),
      );
      const chunks = kind.colorType === 3 ? [palette] : [];
      const png = pngFile({ ...kind, width, height, chunks, lines: anyLines({ ...kind, width, height }) });
      const volume = await decode(png, "a.png");
      expect(valuesOf(volume)).toEqual(await libpngValues(png, volume.channels, kind.depth === 16));
    }
  });

  test("with too few pixels, a wrong index or a wrong checksum is refused", async () => {
    const gray = { width: 4, height: 4, colorType: 0, depth: 8 } as const;
    const short = pngFile({ ...gray, lines: new Uint8Array(12) });
    await expect(decode(short, "a.png")).rejects.toMatchObject({ code: "VOXRX_TRUNCATED_FILE" });
    const huge = pngFile({ ...gray, width: 9000, height: 9000, lines: new Uint8Array(12) });
    await expect(decode(huge, "a.png")).rejects.toMatchObject({ code: "VOXRX_TRUNCATED_FILE" });
    const indices = { width: 1, height: 1, colorType: 3, depth: 8, lines: Uint8Array.of(0, 9) } as const;
    const beyond = pngFile({ ...indices, chunks: [pngChunk("PLTE", Uint8Array.of(1, 2, 3))] });
    await expect(decode(beyond, "a.png")).rejects.toThrow(/palette index 9/);
    const torn = pngFile({
      ...indices,
      lines: Uint8Array.of(0, 0),
      chunks: [pngChunk("PLTE", Uint8Array.of(1, 2, 3))],
    });
    torn.writeUInt8(77, torn.indexOf("PLTE") + 5);
    await expect(decode(torn, "a.png")).rejects.toThrow(/CRC of the chunk "PLTE"/);
  });
});

/** Scan lines with every filter, of numbers without an order. */
function anyLines({ width, height, colorType, depth, isInterlaced }: Omit<PngFile, "lines">): Uint8Array {
  const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colorType];
  const passes = isInterlaced ? adam7 : [[0, 0, 1, 1] as const];
  const bytes: number[] = [];
  for (const [x, y, xStep, yStep] of passes) {
    const [columns, rows] = [Math.ceil((width - x) / xStep), Math.ceil((height - y) / yStep)];
    if (columns <= 0 || rows <= 0) continue;
    const lineBytes = Math.ceil((columns * channels * depth) / 8);
    for (let row = 0; row < rows; row++) {
      bytes.push((row + x + y) % 5);
      for (let n = 0; n < lineBytes; n++) bytes.push(Math.imul(bytes.length + 1, 2654435761) >>> 24);
    }
  }
  return Uint8Array.from(bytes);
}

const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

async function libpngValues(png: Buffer, channels: number, isWide: boolean): Promise<number[]> {
  const space = channels === 1 ? (isWide ? "grey16" : "b-w") : isWide ? "rgb16" : "srgb";
  const image = sharp(png)
    .toColourspace(space)
    .raw({ depth: isWide ? "ushort" : "uchar" });
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  const samples = isWide ? new Uint16Array(Uint8Array.from(data).buffer) : data;
  // Gray with alpha comes back as RGB with alpha.
  const places = channels === 2 && info.channels === 4 ? [0, 3] : Array.from({ length: channels }, (_, c) => c);
  const pixels = samples.length / info.channels;
  return places.flatMap((c) => Array.from({ length: pixels }, (_, n) => samples[n * info.channels + c] ?? 0));
}

test("a PNG with an unknown chunk that decides the pixels is refused, one with other chunks is read", async () => {
  const file = (type: string) =>
    pngFile({
      ...{ width: 1, height: 1, colorType: 0, depth: 8 },
      lines: Uint8Array.of(0, 7),
      chunks: [pngChunk(type, Buffer.alloc(4))],
    });
  expect(valuesOf(await decode(file("acTL"), "a.png"))).toEqual([7]);
  const message = expect.stringContaining('the chunk "CgBI"');
  await expect(decode(file("CgBI"), "a.png")).rejects.toMatchObject({ code: "VOXRX_UNSUPPORTED_ENCODING", message });
});
