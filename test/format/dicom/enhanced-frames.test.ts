import { describe, expect, test } from "vitest";
import { decodeVolume } from "voxrx";
import { type Elements, plainFile } from "../../support/dicom-elements.ts";

/** A frame at a position, with a value and elements of its own. */
type Frame = readonly [z: number, value: number, own: Elements];

const shared: Elements = {
  "00209116": ["SQ", [{ "00200037": ["DS", "1\\0\\0\\0\\1\\0"] }]],
  "00289110": ["SQ", [{ "00280030": ["DS", "1\\1"] }]],
};

function enhancedFile(frames: readonly Frame[], more: Elements = {}): Buffer {
  const groups = frames.map(
    ([z, , own]): Elements => ({ "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${z}`] }]], ...own }),
  );
  return plainFile({
    "00180050": undefined,
    "00200032": undefined,
    "00200037": undefined,
    "00280008": ["IS", String(frames.length)],
    "00280030": undefined,
    "52009229": ["SQ", [shared]],
    "52009230": ["SQ", groups],
    "7FE00010": ["OW", frames.flatMap(([, value]) => new Array<number>(20).fill(value))],
    ...more,
  });
}

const segment = (number: number): Elements => ({ "0062000A": ["SQ", [{ "0062000B": ["US", [number]] }]] });
const indices = (...numbers: number[]): Elements => ({ "00209111": ["SQ", [{ "00209157": ["UL", numbers] }]] });
const ctType = (type: string): Elements => ({ "00189329": ["SQ", [{ "00089007": ["CS", type] }]] });
const pointer = (tag: number): Elements => ({
  "00209165": ["AT", Buffer.from(Uint16Array.of(tag >>> 16, tag & 0xffff).buffer)],
});
const dimensions = (...tags: number[]): Elements => ({ "00209222": ["SQ", tags.map(pointer)] });

describe("frames of an enhanced file whose order changes from position to position", () => {
  test.each<[string, (volume: number, level: number) => Elements, Elements]>([
    ["ReferencedSegmentNumber", (volume) => segment(volume + 1), {}],
    ["DimensionIndexValues", (volume, level) => indices(volume + 1, level + 1), dimensions(0x00189999, 0x00200032)],
    ["ImageType", (volume) => ctType(["ORIGINAL\\A", "ORIGINAL\\B"][volume] ?? ""), {}],
  ])("%s tells the volumes apart", async (keyword, own, more) => {
    const frames = [
      [0, 10, own(0, 0)],
      [0, 20, own(1, 0)],
      [1, 21, own(1, 1)],
      [1, 11, own(0, 1)],
    ] as const;
    const volume = await decodeVolume(enhancedFile(frames, more), { name: "x.dcm" });
    expect(volume.shape).toEqual([2, 5, 4, 2]);
    expect([0, 1].map((c) => [0, 1].map((z) => volume.get(c, 0, 0, z)))).toEqual([
      [10, 11],
      [20, 21],
    ]);
    expect(volume.meta.header?.volumeBy).toEqual([keyword]);
  });

  test("segments at different positions do not become one mask", async () => {
    const file = enhancedFile([
      [0, 1, segment(1)],
      [1, 1, segment(1)],
      [2, 1, segment(2)],
    ]);
    const message = expect.stringContaining("ReferencedSegmentNumber (0062,000B) is 1, 2");
    await expect(decodeVolume(file, { name: "x.dcm" })).rejects.toMatchObject({ code: "VOXRX_BAD_SERIES", message });
  });
});
