import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeVolume, readVolume, type Volume } from "voxrx";
import { type Element, type Elements, plainFile } from "../../support/dicom-elements.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";

const decode = (bytes: Uint8Array): Promise<Volume> => decodeVolume(bytes, { name: "a.dcm" });

function table(descriptor: Element, data: Element): Elements {
  return { "00283000": ["SQ", [{ "00283002": descriptor, "00283006": data }]] };
}

/** Twenty stored values from -10 up. */
const signed: Elements = {
  "00280103": ["US", [1]],
  "7FE00010": ["OW", Array.from({ length: 20 }, (_, n) => n - 10).map((value) => value & 0xffff)],
};

describe("a modality lookup table", () => {
  test("gives each stored value its entry; values beyond it get the nearest", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -30, max: 30 }),
        fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 1, maxLength: 40 }),
        fc.constantFrom("SS", "US"),
        async (first, entries, vr) => {
          const start = vr === "US" ? first & 0xffff : first;
          const bytes = plainFile({ ...signed, ...table([vr, [entries.length, start, 16]], ["OW", entries]) });
          const { dtype, storage } = await decode(bytes);
          const right = Array.from({ length: 20 }, (_, n) => {
            return entries[Math.min(entries.length - 1, Math.max(0, n - 10 - first))];
          });
          expect([dtype, [...storage]]).toEqual(["float32", right]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each<[what: string, data: Element]>([
    ["in bytes", ["OB", Uint8Array.from({ length: 21 }, (_, n) => 255 - n)]],
    ["in words", ["US", Array.from({ length: 21 }, (_, n) => 255 - n)]],
  ])("may have an odd number of entries of 8 bits, %s", async (_, data) => {
    const { storage } = await decode(plainFile({ ...signed, ...table(["SS", [21, -10, 8]], data) }));
    expect([...storage]).toEqual(Array.from({ length: 20 }, (_value, n) => 255 - n));
  });

  test("is read from implicit and big-endian files too", async () => {
    const elements = { ...signed, ...table(["SS", [2, 0, 16]], ["OW", [7, 300]]) };
    for (const init of [
      { announced: "1.2.840.10008.1.2", explicit: false },
      { announced: "1.2.840.10008.1.2.2", littleEndian: false },
    ]) {
      const { storage } = await decode(plainFile(elements, init));
      expect([storage[0], storage[10], storage[11], storage[19]]).toEqual([7, 7, 300, 300]);
    }
  });

  test("of one frame is applied to that frame", async () => {
    const frames = [7, 9].map((value, z): Elements => {
      const place = { "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${z}`] }]] } satisfies Elements;
      return { ...place, "00289145": ["SQ", [table(["US", [1, 0, 16]], ["OW", [value]])]] };
    });
    const pixels: Elements = { "00280008": ["IS", "2"], "7FE00010": ["OW", new Uint8Array(80)] };
    const volume = await decode(plainFile({ ...pixels, "52009230": ["SQ", frames] }));
    expect([volume.get(0, 0, 0, 0), volume.get(0, 0, 0, 1)]).toEqual([7, 9]);
  });

  test.each<[named: string, elements: Elements]>([
    ["LUTDescriptor (0028,3002)", table(["US", [2, 0]], ["OW", [1, 2]])],
    ["LUTDescriptor (0028,3002)", table(["US", [2, 0, 32]], ["OW", [1, 2]])],
    ["LUTDescriptor (0028,3002)", { "00283000": ["SQ", [{ "00283006": ["OW", [1]] }]] }],
    ["LUTData (0028,3006)", table(["US", [3, 0, 16]], ["OW", [1, 2]])],
    ["LUTData (0028,3006)", { "00283000": ["SQ", [{ "00283002": ["US", [1, 0, 16]] }]] }],
    ["RescaleSlope (0028,1053)", { ...table(["US", [2, 0, 16]], ["OW", [1, 2]]), "00281053": ["DS", "2"] }],
    ["ModalityLUTSequence (0028,3000)", { "00283000": ["SQ", [{}, {}]] }],
  ])("is refused if it contradicts itself: %s", async (named, elements) => {
    await expect(decode(plainFile(elements))).rejects.toMatchObject({
      code: "VOXRX_BAD_HEADER",
      message: expect.stringContaining(named),
    });
  });

  test.skipIf(!sharedData)("modality_lut.dcm has its real values", async () => {
    const { storage } = await readVolume(sharedFile("trouble/modality_lut.dcm"));
    expect([...storage]).toEqual(Array.from({ length: 20 }, (_, n) => 50 * n));
  });
});
