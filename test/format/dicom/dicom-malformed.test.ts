import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isVoxRxError, Random, readVolume } from "voxrx";
import { turns } from "../../support/counting.ts";
import { dicomFile } from "../../support/dicom-file.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { runsOf } from "../../support/long.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";

const rle = "1.2.840.10008.1.2.5";
const jpeg = "1.2.840.10008.1.2.4.50";

async function readBytes(bytes: Uint8Array, name = "a.dcm") {
  await using folder = await temporaryFolder();
  const path = join(folder.path, name);
  await writeFile(path, bytes);
  return await readVolume(path);
}

/** Items of packed pixel data. */
function fragments(...values: readonly Uint8Array[]): Buffer {
  const items = [new Uint8Array(0), ...values].map((value) => {
    const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
    head.writeUInt32LE(value.length, 4);
    return Buffer.concat([head, value]);
  });
  return Buffer.concat([...items, Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])]);
}

/** A frame of 6 numbers of 16 bits, packed by runs: all have the high byte 1 and the low byte 2. */
function runs(): Buffer {
  const frame = Buffer.alloc(68);
  for (const [n, value] of [2, 64, 66].entries()) frame.writeUInt32LE(value, 4 * n);
  frame.set([256 - 5, 1, 256 - 5, 2], 64);
  return frame;
}

describe("DICOM pixels", () => {
  test("runs are unpacked, the highest byte of a number first", async () => {
    const volume = await readBytes(dicomFile({ transferSyntax: rle, pixels: fragments(runs()) }));
    expect([...volume.storage]).toEqual(new Array(6).fill(0x102));
  });

  test("bits beyond the stored ones are no part of the value", async () => {
    const pixels = Buffer.from(new Uint16Array([0xf001, 0x1002, 3, 4, 5, 0xffff]).buffer);
    expect([...(await readBytes(dicomFile({ pixels }))).storage]).toEqual([1, 2, 3, 4, 5, 0xfff]);
  });

  test("frames without places are stacked along the normal; an image without a position is 2D", async () => {
    const more = { 1572944: "2.5" };
    const stacked = await readBytes(dicomFile({ frames: 3, more }));
    expect([stacked.shape, stacked.spacing]).toEqual([
      [1, 3, 2, 3],
      [1, 1, 2.5],
    ]);
    const plane = await readBytes(
      dicomFile({ position: undefined, samples: 3, bits: [8, 8], pixels: new Uint8Array(18) }),
    );
    expect(plane.shape).toEqual([3, 3, 2]);
  });

  test("colours in planes of their own become the same channels as those beside each other", async () => {
    const pixels = Uint8Array.from({ length: 18 }, (_, i) => i);
    const init = { samples: 3, bits: [8, 8], pixels } as const;
    const beside = await readBytes(dicomFile(init));
    expect([beside.get(0, 1, 0, 0), beside.get(2, 0, 1, 0)]).toEqual([3, 11]);
    const planes = Uint8Array.from(pixels, (_, i) => (i % 6) * 3 + Math.floor(i / 6));
    const apart = await readBytes(dicomFile({ ...init, pixels: planes, planar: true }));
    expect([...apart.toContiguous().storage]).toEqual([...beside.toContiguous().storage]);
  });
});

describe("a DICOM file that is not what it says", () => {
  const whole = dicomFile();
  test.each<[what: string, code: string, bytes: Buffer]>([
    ["cut in its pixels", "VOXRX_TRUNCATED_FILE", whole.subarray(0, -1)],
    ["cut in its elements", "VOXRX_TRUNCATED_FILE", whole.subarray(0, 200)],
    ["cut behind the magic", "VOXRX_BAD_HEADER", whole.subarray(0, 132)],
    ["no DICOM", "VOXRX_UNKNOWN_FORMAT", Buffer.from("<html>this is a page</html>")],
    [
      "more frames than pixels",
      "VOXRX_TRUNCATED_FILE",
      dicomFile({ frames: 2, pixels: new Uint8Array(12), more: { 1572944: "1" } }),
    ],
    ["a billion frames", "VOXRX_BAD_HEADER", dicomFile({ more: { 2621448: "1000000000" } })],
    ["frames below zero", "VOXRX_BAD_HEADER", dicomFile({ more: { 2621448: "-4" } })],
    ["no rows", "VOXRX_BAD_HEADER", dicomFile({ rows: 0 })],
    ["sizes that lie", "VOXRX_TRUNCATED_FILE", dicomFile({ rows: 60000, columns: 60000, pixels: new Uint8Array(12) })],
    [
      "packed sizes that lie",
      "VOXRX_BAD_HEADER",
      dicomFile({ rows: 60000, columns: 60000, transferSyntax: jpeg, pixels: fragments(runs()) }),
    ],
    ["7 bits", "VOXRX_UNSUPPORTED_DTYPE", dicomFile({ bits: [7, 7] })],
    ["more bits than there are", "VOXRX_BAD_HEADER", dicomFile({ bits: [16, 20] })],
    ["directions that are parallel", "VOXRX_BAD_AFFINE", dicomFile({ orientation: [1, 0, 0, 1, 0, 0] })],
    [
      "fewer runs than pixels",
      "VOXRX_TRUNCATED_FILE",
      dicomFile({ columns: 9, transferSyntax: rle, pixels: fragments(runs()) }),
    ],
    [
      "runs of another type",
      "VOXRX_BAD_HEADER",
      dicomFile({ bits: [8, 8], transferSyntax: rle, pixels: fragments(runs()) }),
    ],
    ["no fragment", "VOXRX_TRUNCATED_FILE", dicomFile({ transferSyntax: rle, pixels: fragments() })],
    [
      "fragments beyond the file",
      "VOXRX_TRUNCATED_FILE",
      dicomFile({ transferSyntax: rle, pixels: fragments(runs()).subarray(0, 40) }),
    ],
    [
      "JPEG that is none",
      "VOXRX_BAD_COMPRESSION",
      dicomFile({ transferSyntax: jpeg, bits: [8, 8], pixels: fragments(runs()) }),
    ],
    ["a transfer syntax that is none", "VOXRX_UNSUPPORTED_ENCODING", dicomFile({ transferSyntax: "plain" })],
    ["a sequence deeper than any", "VOXRX_BAD_HEADER", deepSequence()],
  ])("%s is refused with its code", async (_, code, bytes) => {
    await expect(readBytes(bytes)).rejects.toMatchObject({
      code,
      file: expect.any(String),
      remedy: expect.any(String),
    });
  });

  test.skipIf(!sharedData)(
    "an abort while pixels are unpacked ends the read at once; the next read works",
    async () => {
      const path = sharedFile("dicom/transfer_syntaxes/examples_jpeg2k.dcm");
      const reason = new Error("enough");
      const abort = new AbortController();
      const reading = readVolume(path, { signal: abort.signal });
      const waiting = readVolume(path, { signal: abort.signal });
      void turns(20).then(() => abort.abort(reason));
      const ends = await Promise.allSettled([reading, waiting]);
      expect(ends).toEqual(new Array(2).fill({ status: "rejected", reason }));
      expect((await readVolume(path)).shape).toEqual([3, 640, 480]);
    },
  );

  test
    .skipIf(!sharedData)
    .each(["MR_small.dcm", "MR_small_RLE.dcm", "MR_small_implicit.dcm", "MR_small_jpeg_ls_lossless.dcm"])(
    "damage anywhere in %s is an error of ours or other pixels, never a crash or a hang",
    async (name) => {
      const sound = await readFile(sharedFile("dicom/transfer_syntaxes", name));
      const random = new Random(`damage ${name}`);
      const rounds = runsOf(name.includes("jpeg") ? 25 : 150);
      for (let round = 0; round < rounds; round++) {
        const bytes = Buffer.from(sound.subarray(0, round % 3 === 0 ? 1 + random.integer(sound.length) : sound.length));
        for (let n = 0; n < 1 + (round % 8); n++) bytes[random.integer(bytes.length)] = random.integer(256);
        const error: unknown = await readBytes(bytes).then(
          () => undefined,
          (caught: unknown) => caught,
        );
        if (error !== undefined) expect(isVoxRxError(error), String(error)).toBe(true);
      }
    },
  );
});

/** Sequences of undefined length in one another, 100 deep. */
function deepSequence(): Buffer {
  const open = Buffer.concat([
    Buffer.from([0x40, 0, 0, 1, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]),
  ]);
  return Buffer.concat([dicomFile().subarray(0, 132), ...new Array<Buffer>(100).fill(open)]);
}
