import { describe, expect, test } from "vitest";
import { decodeVolume, type Volume } from "voxrx";
import { type Elements, plainFile } from "../../support/dicom-elements.ts";

const decode = (bytes: Uint8Array): Promise<Volume> => decodeVolume(bytes, { name: "a.dcm" });

/** A private header of Siemens with these fields. */
function csaHeader(fields: Readonly<Record<string, readonly string[]>>): Buffer {
  const entries = Object.entries(fields).map(([name, values]) => {
    const head = Buffer.alloc(84);
    head.write(name);
    head.writeUInt32LE(values.length, 76);
    const items = values.map((value) => {
      const item = Buffer.alloc(16 + Math.ceil(value.length / 4) * 4);
      item.writeUInt32LE(value.length, 4);
      item.write(value, 16);
      return item;
    });
    return Buffer.concat([head, ...items]);
  });
  const start = Buffer.concat([Buffer.from("SV10"), Buffer.alloc(12)]);
  start.writeUInt32LE(entries.length, 8);
  return Buffer.concat([start, ...entries]);
}

/** A mosaic of four tiles of 2 x 2 pixels. */
function mosaic(fields: Readonly<Record<string, readonly string[]>>, more: Elements = {}): Buffer {
  return plainFile({
    "00080008": ["CS", "ORIGINAL\\PRIMARY\\MOSAIC"],
    "00280010": ["US", [4]],
    "00280011": ["US", [4]],
    "00291010": ["OB", csaHeader(fields)],
    "7FE00010": ["OW", Array.from({ length: 16 }, (_, n) => n)],
    ...more,
  });
}

describe("the private header of a Siemens mosaic", () => {
  test("gives the number of tiles and the direction from one to the next", async () => {
    const volume = await decode(mosaic({ NumberOfImagesInMosaic: ["3  "], SliceNormalVector: ["0.0", "0.0", "-1.0"] }));
    // Slices are sorted along the normal of the columns and rows.
    expect([volume.shape, volume.get(0, 0, 0, 2)]).toEqual([[1, 2, 2, 3], 0]);
  });

  test.each<[shown: string, fields: Record<string, string[]>]>([
    ['NumberOfImagesInMosaic of "0x4"', { NumberOfImagesInMosaic: ["0x4"] }],
    ['NumberOfImagesInMosaic of "4O"', { NumberOfImagesInMosaic: ["4O"] }],
    ['SliceNormalVector of "0,5"', { NumberOfImagesInMosaic: ["4"], SliceNormalVector: ["0", "0,5", "1"] }],
    ["SliceNormalVector of 0, 0, 2", { NumberOfImagesInMosaic: ["4"], SliceNormalVector: ["0", "0", "2"] }],
  ])("is refused with its element for a %s", async (shown, fields) => {
    const refusal = decode(mosaic(fields));
    await expect(refusal).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER", remedy: expect.any(String) });
    await expect(refusal).rejects.toThrow(`SiemensImageHeader (0029,1010) has a ${shown}`);
  });

  test("a negative distance is refused, since it decides the order", async () => {
    const fields = { NumberOfImagesInMosaic: ["4"] };
    await expect(decode(mosaic(fields, { "00180088": ["DS", "-3"] }))).rejects.toThrow(
      "SpacingBetweenSlices (0018,0088)",
    );
  });
});
