import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeVolume, onWarning, readVolume, type Volume } from "voxrx";
import { type Elements, type FileInit, fileOf, fragmentsOf, plainFile } from "../../support/dicom-elements.ts";
import { jpegLsFrame } from "../../support/jpeg-ls.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";

const decode = (bytes: Uint8Array): Promise<Volume> => decodeVolume(bytes, { name: "a.dcm" });
const dicom = "1.2.840.10008.1.2";
const [implicit, explicit, big, deflated] = [dicom, `${dicom}.1`, `${dicom}.2`, `${dicom}.1.99`];
const ascending = Array.from({ length: 20 }, (_, n) => n);
const eightBits: Elements = { "00280100": ["US", [8]], "00280101": ["US", [8]], "00280102": ["US", [7]] };

/** Bytes swapped in pairs, as words of a big-endian file. */
function swapped(bytes: readonly number[]): Uint8Array {
  const even = [...bytes, ...new Array<number>(bytes.length % 2).fill(0)];
  return Uint8Array.from(even, (_, n) => even[n ^ 1] ?? 0);
}

describe("elements that are encoded otherwise than announced", () => {
  const announcements = [undefined, implicit, explicit, big, deflated];
  const encodings: FileInit[] = [
    { explicit: true, littleEndian: true },
    { explicit: false, littleEndian: true },
    { explicit: true, littleEndian: false },
  ];
  test.each(announcements.flatMap((announced) => encodings.map((encoding) => [announced, encoding] as const)))(
    "announced as %s, written as %j: read as written",
    async (announced, encoding) => {
      const { shape, storage, spacing } = await decode(
        plainFile({ "00280030": ["DS", "2\\3"] }, { announced, ...encoding }),
      );
      expect([shape, spacing, [...storage]]).toEqual([[1, 5, 4, 1], [3, 2, 1], ascending]);
    },
  );

  test("deflated elements are read, and refused with the transfer syntax if they are not announced", async () => {
    expect([...(await decode(plainFile({}, { announced: deflated, deflated: true }))).storage]).toEqual(ascending);
    for (const announced of [implicit, explicit, big]) {
      await expect(decode(plainFile({}, { announced, deflated: true }))).rejects.toMatchObject({
        code: "VOXRX_BAD_HEADER",
        message: expect.stringContaining(`TransferSyntaxUID (0002,0010) is`),
      });
    }
  });

  test("bytes that do not inflate are refused with the transfer syntax, not with advice about gzip", async () => {
    const damaged = Buffer.concat([fileOf({}, { announced: deflated }), Buffer.alloc(60, 0xff)]);
    const refusal = decode(damaged);
    await expect(refusal).rejects.toThrow("Deflated Explicit VR Little Endian, 1.2.840.10008.1.2.1.99");
    await expect(refusal).rejects.not.toThrow("gzip");
  });

  test.skipIf(!sharedData)("real files are read as written", async () => {
    const { shape, storage } = await readVolume(sharedFile("trouble/lie_implicit.dcm"));
    expect([shape, [...storage]]).toEqual([[1, 5, 4, 1], ascending]);
    expect([...(await readVolume(sharedFile("trouble/ge_private_be.dcm"))).storage]).toEqual(ascending);
  });
});

describe("bytes in a big-endian file", () => {
  test("8-bit pixels in words are swapped in pairs, in bytes they are not", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(1, 3),
        fc.boolean(),
        async (columns, rows, samples, planar) => {
          const bytes = Array.from({ length: columns * rows * samples }, (_, n) => n + 1);
          const elements: Elements = {
            ...eightBits,
            "00280002": ["US", [samples]],
            "00280004": ["CS", samples === 3 ? "RGB" : "MONOCHROME2"],
            "00280006": ["US", [planar ? 1 : 0]],
            "00280010": ["US", [rows]],
            "00280011": ["US", [columns]],
          };
          const init = { announced: big, littleEndian: false };
          const words = await decode(plainFile({ ...elements, "7FE00010": ["OW", swapped(bytes)] }, init));
          const plain = await decode(plainFile({ ...elements, "7FE00010": ["OB", Uint8Array.from(bytes)] }, init));
          expect([...words.storage]).toEqual(bytes);
          expect([...plain.storage]).toEqual(bytes);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("single bits in words are swapped in pairs", async () => {
    const bits = { "00280100": ["US", [1]], "00280101": ["US", [1]], "00280102": ["US", [0]] } as const;
    const init = { announced: big, littleEndian: false };
    const { storage } = await decode(plainFile({ ...bits, "7FE00010": ["OW", swapped([0b101, 0, 0b1000])] }, init));
    expect([...storage.entries()].filter(([, value]) => value === 1).map(([at]) => at)).toEqual([0, 2, 19]);
  });

  test.skipIf(!sharedData)("real files have their samples in order", async () => {
    const gray = await readVolume(sharedFile("trouble/big_endian_ow8.dcm"));
    expect([gray.shape, [...gray.storage]]).toEqual([[1, 5, 4, 1], ascending]);
    const color = await readVolume(sharedFile("trouble/SC_rgb_small_odd_big_endian.dcm"));
    expect([color.shape, [0, 1, 2].map((channel) => color.get(channel, 0, 0))]).toEqual([
      [3, 3, 3],
      [166, 141, 52],
    ]);
  });
});

describe("pixels that are compressed otherwise than announced", () => {
  const frame = jpegLsFrame(ascending, 5, 4, 8);
  const elements = { ...eightBits, "7FE00010": ["OB", fragmentsOf(frame)] } as const;

  test.each([explicit, `${dicom}.4.50`, `${dicom}.4.90`, `${dicom}.5`])(
    "a JPEG-LS frame announced as %s is read",
    async (announced) => {
      expect([...(await decode(plainFile(elements, { announced }))).storage]).toEqual(ascending);
    },
  );

  test("uncompressed pixels announced as JPEG are read", async () => {
    expect([...(await decode(plainFile({}, { announced: `${dicom}.4.70` }))).storage]).toEqual(ascending);
  });

  test("a JPEG-LS frame of fewer bits than are allocated keeps its samples", async () => {
    const sixteen = plainFile(
      { "7FE00010": ["OB", fragmentsOf(jpegLsFrame(ascending, 5, 4, 8))] },
      { announced: `${dicom}.4.80` },
    );
    const { dtype, storage } = await decode(sixteen);
    expect([dtype, [...storage]]).toEqual(["uint16", ascending]);
  });

  test.each<[what: string, code: string, announced: string, more: Elements, named: string]>([
    ["video", "VOXRX_UNSUPPORTED_ENCODING", "4.102", {}, "MPEG-4 AVC/H.264 High Profile"],
    ["JPEG XL", "VOXRX_UNSUPPORTED_ENCODING", "4.110", {}, "JPEG XL Lossless"],
    ["HTJ2K", "VOXRX_UNSUPPORTED_ENCODING", "4.201", {}, "High-Throughput JPEG 2000 Lossless"],
    ["an unknown one", "VOXRX_UNSUPPORTED_ENCODING", "99.5", {}, "an unknown transfer syntax"],
    ["other columns", "VOXRX_BAD_HEADER", "4.80", { "00280011": ["US", [6]] }, "Columns (0028,0011) is 6"],
    ["other rows", "VOXRX_BAD_HEADER", "4.80", { "00280010": ["US", [3]] }, "Rows (0028,0010) is 3"],
    ["other samples", "VOXRX_BAD_HEADER", "4.80", { "00280002": ["US", [3]] }, "SamplesPerPixel (0028,0002) is 3"],
    [
      "no frame",
      "VOXRX_BAD_COMPRESSION",
      "4.80",
      { "7FE00010": ["OB", fragmentsOf(Buffer.alloc(99, 7))] },
      "frame 1 of 1",
    ],
    [
      "no fragment",
      "VOXRX_UNSUPPORTED_ENCODING",
      "4.80",
      { "7FE00010": ["OB", Buffer.alloc(10, 7)] },
      "not in fragments",
    ],
    [
      "fragments of bytes",
      "VOXRX_UNSUPPORTED_ENCODING",
      "1",
      { "7FE00010": ["OB", fragmentsOf(Buffer.alloc(99, 7))] },
      "Explicit VR Little",
    ],
    [
      "a damaged frame",
      "VOXRX_BAD_COMPRESSION",
      "4.80",
      {
        "00280008": ["IS", "2"],
        "7FE00010": ["OB", fragmentsOf(frame, frame.subarray(0, 26))],
      },
      "frame 2 of 2 (JPEG-LS, 8 bits)",
    ],
  ])("%s: %s", async (_, code, announced, more, named) => {
    const refusal = decode(plainFile({ ...elements, ...more }, { announced: `${dicom}.${announced}` }));
    await expect(refusal).rejects.toMatchObject({ code, message: expect.stringContaining(named) });
    await expect(refusal).rejects.not.toThrow("gzip");
  });

  test.skipIf(!sharedData)("real files are refused with what they are", async () => {
    await expect(readVolume(sharedFile("trouble/liver_deflate.dcm"))).rejects.toMatchObject({
      code: "VOXRX_UNSUPPORTED_ENCODING",
      message: expect.stringContaining("Deflated Image Frame Compression, 1.2.840.10008.1.2.8.1"),
    });
  });

  test.skipIf(!sharedData)("single bits in RLE frames are the mask that they are uncompressed", async () => {
    const plain = await readVolume(sharedFile("dicom/transfer_syntaxes/liver_1frame.dcm"));
    const { shape, storage } = await readVolume(sharedFile("trouble/liver_rle.dcm"));
    expect(shape.slice(0, 3)).toEqual([1, 512, 512]);
    const frame = plain.storage.length;
    const found = [0, 1, 2].map((n) => storage.subarray(n * frame, (n + 1) * frame));
    expect(
      found.some((values) =>
        Buffer.from(values.buffer, values.byteOffset, frame).equals(Buffer.from(plain.storage.buffer)),
      ),
    ).toBe(true);
  });
});

describe("pixel data that has more than the header announces", () => {
  const head = Buffer.alloc(64);
  head.writeUInt32LE(2, 0);
  head.writeUInt32LE(64, 4);
  head.writeUInt32LE(66, 8);
  // Twenty equal bytes in each segment.
  const frame = Buffer.concat([head, Buffer.from([0xed, 0, 0xed, 7])]);

  test("frames without a number of frames are refused", async () => {
    const file = (...frames: Buffer[]) =>
      plainFile({ "7FE00010": ["OB", fragmentsOf(...frames)] }, { announced: `${dicom}.5` });
    expect((await decode(file(frame))).get(0, 4, 3, 0)).toBe(7);
    expect((await decode(file(frame.subarray(0, 66), frame.subarray(66)))).get(0, 4, 3, 0)).toBe(7);
    const message = expect.stringContaining("NumberOfFrames (0028,0008) is 1 or missing");
    await expect(decode(file(frame, frame))).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER", message });
  });

  test("more plain bytes than one of padding are warned of", async () => {
    const seen: string[] = [];
    const unsubscribe = onWarning(({ code }) => seen.push(code));
    try {
      const odd = { "00280010": ["US", [3]], "7FE00010": ["OB", Uint8Array.from(ascending.slice(0, 16))] } as const;
      await decode(plainFile({ ...eightBits, ...odd }));
      expect(seen).toEqual([]);
      await decode(plainFile(eightBits));
      expect(seen).toEqual(["VOXRX_SURPLUS_DATA"]);
    } finally {
      unsubscribe();
    }
  });
});
