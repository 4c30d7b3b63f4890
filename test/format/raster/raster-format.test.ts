import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { encode as encodePng } from "fast-png";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeVolume, readHeader, readVolume } from "voxrx";
import { temporaryFolder } from "../../support/folder.ts";
import { sharedFile } from "../../support/shared.ts";
import { truthOf } from "../../support/truth.ts";
import { valuesOf } from "../../support/volumes.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());
let count = 0;
async function fileOf(bytes: Uint8Array, ending: string): Promise<string> {
  const path = join(folder.path, `${count++}${ending}`);
  await writeFile(path, bytes);
  return path;
}

test("the MedNIST images are Pillow's, x first, to within what decoders differ by", async () => {
  for (const [name, truth] of truthOf("jpeg")) {
    const volume = await readVolume(sharedFile(name));
    expect([volume.shape, volume.dtype]).toEqual([[1, 64, 64], "uint8"]);
    for (const [[row = 0, column = 0], value] of truth.samples ?? []) {
      expect(Math.abs((volume.get(0, column, row) ?? Number.NaN) - value)).toBeLessThanOrEqual(2);
    }
  }
});

/** A JPEG with a marker amid its pixels, after which decoders go on with something made up. */
async function tornJpeg(): Promise<Buffer> {
  const noise = Uint8Array.from({ length: 64 * 64 }, (_, n) => Math.imul(n, 2654435761) >>> 24);
  const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 1 } })
    .jpeg()
    .toBuffer();
  jpeg.writeUInt16BE(0xffd1, jpeg.length - 600);
  return jpeg;
}

/** A PNG of 4 x 3 whose compressed pixels are that many bytes. */
function inflating(bytes: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([size, body, sum]);
  };
  const header = Buffer.from([0, 0, 0, 4, 0, 0, 0, 3, 8, 0, 0, 0, 0]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.alloc(bytes), { level: 1 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

describe("raster images of many kinds", () => {
  const grey = Uint8Array.from({ length: 12 }, (_, n) => n * 20);

  test("keep columns as x and channels apart", async () => {
    const colours = Uint8Array.from({ length: 2 * 3 * 3 }, (_, n) => n);
    const path = await fileOf(encodePng({ width: 2, height: 3, data: colours, channels: 3 }), ".png");
    const volume = await readVolume(path);
    expect(volume.shape).toEqual([3, 2, 3]);
    expect([volume.get(0, 1, 0), volume.get(2, 0, 1)]).toEqual([3, 8]);
    expect(await readHeader(path)).toMatchObject({ shape: [3, 2, 3], dtype: "uint8", format: "png" });
    expect(valuesOf(await decodeVolume(await readFile(path), { name: "a.png" }))).toEqual(valuesOf(volume));
  });

  test("without loss are read exactly: TIFF, WebP, PNG of 1 bit and of a palette", async () => {
    const image = sharp(grey, { raw: { width: 4, height: 3, channels: 1 } });
    const tiff = await readVolume(
      await fileOf(await image.clone().toColourspace("b-w").tiff({ compression: "deflate" }).toBuffer(), ".tif"),
    );
    expect([tiff.shape, valuesOf(tiff)]).toEqual([[1, 4, 3], Array.from(grey)]);
    const webp = await readVolume(await fileOf(await image.clone().webp({ lossless: true }).toBuffer(), ".webp"));
    expect(webp.get(0, 1, 2)).toBe(grey[9]);
    const bits = await readVolume(
      await fileOf(encodePng({ width: 4, height: 1, data: Uint8Array.of(0b1010_0000), channels: 1, depth: 1 }), ".png"),
    );
    expect(valuesOf(bits)).toEqual([255, 0, 255, 0]);
    const indexed = await image.clone().png({ palette: true, colours: 16 }).toBuffer();
    expect((await readVolume(await fileOf(indexed, ".png"))).channels).toBeGreaterThanOrEqual(3);
  });

  test("of 16 bits, of grey with transparency and of several pages are read exactly", async () => {
    const wide = Uint16Array.from({ length: 36 }, (_, n) => 65_535 - n * 1777);
    for (const [channels, space] of [
      [1, "grey16"],
      [3, "rgb16"],
    ] as const) {
      const data = wide.slice(0, 12 * channels);
      const path = await fileOf(
        await sharp(data, { raw: { width: 4, height: 3, channels } })
          .toColourspace(space)
          .tiff({ compression: "lzw" })
          .toBuffer(),
        ".tif",
      );
      const volume = await readVolume(path);
      expect([volume.shape, volume.dtype]).toEqual([[channels, 4, 3], "uint16"]);
      for (const [c, x, y] of [
        [0, 0, 0],
        [channels - 1, 3, 1],
        [0, 2, 2],
      ] as const) {
        expect(volume.get(c, x, y)).toBe(data[(y * 4 + x) * channels + c]);
      }
    }
    const both = Uint8Array.from({ length: 24 }, (_, n) => n * 10);
    const withAlpha = await sharp(both, { raw: { width: 4, height: 3, channels: 2 } })
      .toColourspace("b-w")
      .tiff({ compression: "none" })
      .toBuffer();
    const clear = await readVolume(await fileOf(withAlpha, ".tif"));
    expect([clear.shape, clear.get(0, 1, 2), clear.get(1, 1, 2)]).toEqual([[2, 4, 3], both[18], both[19]]);
    const page = (value: number) =>
      Buffer.from(encodePng({ width: 4, height: 3, data: new Uint8Array(36).fill(value), channels: 3 }));
    const joined = sharp([page(7), page(9)], { join: { animated: true } }).tiff({ compression: "lzw" });
    const pages = await readVolume(await fileOf(await joined.toBuffer(), ".tif"));
    expect([pages.shape, pages.get(0, 1, 1, 0), pages.get(0, 1, 1, 1), pages.get(2, 3, 2, 1)]).toEqual([
      [3, 4, 3, 2],
      7,
      9,
      9,
    ]);
  });

  test("keep the way they are stored, whatever a camera noted", async () => {
    const turned = sharp(grey, { raw: { width: 4, height: 3, channels: 1 } })
      .jpeg()
      .withMetadata({ orientation: 6 });
    expect((await readVolume(await fileOf(await turned.toBuffer(), ".jpg"))).spatialShape).toEqual([4, 3]);
  });

  test("say of themselves what reading them gives", async () => {
    const colours = Uint8Array.from({ length: 36 }, (_, n) => n * 7);
    const image = () => sharp(colours, { raw: { width: 4, height: 3, channels: 3 } });
    const files = [
      [await image().jpeg().toBuffer(), ".jpg"],
      [await image().toColourspace("cmyk").jpeg().toBuffer(), ".jpg"],
      [await image().toColourspace("b-w").tiff().toBuffer(), ".tif"],
      [await image().webp().toBuffer(), ".webp"],
      [await image().png({ palette: true }).toBuffer(), ".png"],
      [await image().ensureAlpha(0.5).png({ palette: true }).toBuffer(), ".png"],
      [await image().ensureAlpha(0.5).png({ progressive: true }).toBuffer(), ".png"],
      [encodePng({ width: 4, height: 1, data: Uint8Array.of(0b1010_0000), channels: 1, depth: 1 }), ".png"],
      [encodePng({ width: 2, height: 1, data: Uint16Array.of(1, 2, 3, 4), channels: 2, depth: 16 }), ".png"],
    ] as const;
    for (const [bytes, ending] of files) {
      const path = await fileOf(bytes, ending);
      const [header, volume] = [await readHeader(path), await readVolume(path)];
      expect({ ...header, affine: Array.from(header.affine) }).toEqual({
        ...{ shape: volume.shape, dtype: volume.dtype, affine: Array.from(volume.affine), spacing: volume.spacing },
        ...{ axcodes: volume.axcodes, format: volume.meta.format, header: volume.meta.header },
      });
    }
  });

  test("are told by content, not by name", async () => {
    const path = await fileOf(encodePng({ width: 4, height: 3, data: grey, channels: 1 }), ".jpg");
    expect(valuesOf(await readVolume(path))).toEqual(Array.from(grey));
  });

  test("that are cut off, damaged or of a forged size are errors", async () => {
    const png = encodePng({ width: 4, height: 3, data: grey, channels: 1 });
    const jpeg = await sharp(grey, { raw: { width: 4, height: 3, channels: 1 } })
      .jpeg()
      .toBuffer();
    const forged = Buffer.from(png);
    forged.writeUInt32BE(2 ** 30, 16);
    const bad = [
      png.subarray(0, 20),
      png.subarray(0, png.length - 20),
      forged,
      jpeg.subarray(0, 20),
      jpeg.subarray(0, jpeg.length - 40),
      await tornJpeg(),
      inflating(64 * 2 ** 20),
    ];
    for (const bytes of bad) {
      await expect(readVolume(await fileOf(bytes, ".png"))).rejects.toMatchObject({ name: "FormatError" });
    }
  });
});
