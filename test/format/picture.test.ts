import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encode as encodePng } from "fast-png";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeVolume, readHeader, readVolume } from "voxrx";
import { temporaryFolder } from "../support/folder.ts";
import { sharedFile } from "../support/shared.ts";
import { truthOf } from "../support/truth.ts";
import { valuesOf } from "../support/volumes.ts";

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

test("the MedNIST pictures are Pillow's, x first, to within what decoders differ by", async () => {
  for (const [name, truth] of truthOf("jpeg")) {
    const volume = await readVolume(sharedFile(name));
    expect([volume.shape, volume.dtype]).toEqual([[1, 64, 64], "uint8"]);
    for (const [[row = 0, column = 0], value] of truth.samples ?? []) {
      expect(Math.abs((volume.get(0, column, row) ?? Number.NaN) - value)).toBeLessThanOrEqual(2);
    }
  }
});

describe("pictures of many kinds", () => {
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
    ];
    for (const bytes of bad) {
      await expect(readVolume(await fileOf(bytes, ".png"))).rejects.toMatchObject({ name: "FormatError" });
    }
  });
});
