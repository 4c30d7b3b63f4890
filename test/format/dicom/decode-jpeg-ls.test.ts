import fc from "fast-check";
import { expect, test } from "vitest";
import { readVolume } from "voxrx";
import { codestreamOf } from "../../../src/format/dicom/codestream.ts";
import { decodeJpegLs } from "../../../src/format/dicom/decode-jpeg-ls.ts";
import { jpegLsFrame } from "../../support/jpeg-ls.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";

/** Smooth images, noise, and runs of one value, of 2 to 8 bits. */
const image = fc
  .record({
    bits: fc.integer({ min: 2, max: 8 }),
    columns: fc.integer({ min: 1, max: 40 }),
    rows: fc.integer({ min: 1, max: 12 }),
    step: fc.integer({ min: 0, max: 9 }),
    noise: fc.infiniteStream(fc.nat({ max: 255 })),
    isFlat: fc.boolean(),
  })
  .map(({ bits, columns, rows, step, noise, isFlat }) => {
    const samples = Array.from({ length: columns * rows }, (_, n) => {
      const drawn = noise.next().value ?? 0;
      return (isFlat && drawn < 220 ? 2 ** (bits - 1) : n * step + (drawn % 3) * (drawn > 128 ? 17 : 1)) % 2 ** bits;
    });
    return { bits, columns, rows, samples };
  });

test("lossless JPEG-LS of few bits gives the samples that were encoded", () => {
  fc.assert(
    fc.property(image, ({ bits, columns, rows, samples }) => {
      const stream = codestreamOf(jpegLsFrame(samples, columns, rows, bits));
      expect(stream).toMatchObject({ columns, rows, precision: bits, plainScan: 25 });
      const decoded = stream && decodeJpegLs(stream.bytes.subarray(stream.plainScan), stream);
      expect([...(decoded ?? [])]).toEqual(samples);
    }),
  );
});

test("damaged code gives samples or is refused, and never more than the image", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 2, max: 8 }), (bytes, precision) => {
      const decoded = decodeJpegLs(bytes, { columns: 31, rows: 17, precision });
      expect([undefined, 31 * 17]).toContain(decoded?.length);
    }),
  );
  expect(decodeJpegLs(new Uint8Array(0), { columns: 3, rows: 3, precision: 7 })).toBeUndefined();
});

test.skipIf(!sharedData)("a real image of 7 bits is read", async () => {
  const { shape, storage } = await readVolume(sharedFile("trouble/JLSL_08_07_0_1F.dcm"));
  expect(shape).toEqual([1, 128, 128]);
  const [least, most] = [Math.min(...storage), Math.max(...storage)];
  expect([least, most]).toEqual([0, 127]);
});
