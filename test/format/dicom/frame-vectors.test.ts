import { describe, expect, test } from "vitest";
import { decodeVolume } from "voxrx";
import { type Elements, plainFile } from "../../support/dicom-elements.ts";

const [slices, timeSlots, energies, frameTime] = [0x00540080, 0x00540070, 0x00540010, 0x00181063];

/** A file whose frames have the values 1, 2, ... */
function framesFile(count: number, pointers: readonly number[], more: Elements): Buffer {
  const words = pointers.flatMap((tag) => [tag >>> 16, tag & 0xffff]);
  const pixels = Array.from({ length: count }, (_, n) => new Array<number>(20).fill(n + 1)).flat();
  return plainFile({
    "00080060": ["CS", "NM"],
    "00180088": ["DS", "4"],
    "00280008": ["IS", String(count)],
    "00280009": ["AT", Buffer.from(Uint16Array.from(words).buffer)],
    "7FE00010": ["OW", pixels],
    ...more,
  });
}

describe("frames without positions of their own", () => {
  test.each<[string, number, readonly number[], Elements, readonly number[]]>([
    ["slices are stacked", 3, [slices], { "00540080": ["US", [1, 2, 3]] }, [1, 5, 4, 3]],
    ["time slots are channels", 3, [timeSlots], { "00540070": ["US", [1, 2, 3]] }, [3, 5, 4, 1]],
    ["energies are channels", 2, [energies], { "00540010": ["US", [1, 2]] }, [2, 5, 4, 1]],
    ["times are channels", 3, [frameTime], { "00181063": ["DS", "40"] }, [3, 5, 4, 1]],
    [
      "slices in time slots are both",
      6,
      [timeSlots, slices],
      { "00540070": ["US", [1, 1, 1, 2, 2, 2]], "00540080": ["US", [1, 2, 3, 1, 2, 3]] },
      [2, 5, 4, 3],
    ],
  ])("%s", async (_, count, pointers, more, shape) => {
    const volume = await decodeVolume(framesFile(count, pointers, more), { name: "x.dcm" });
    expect(volume.shape).toEqual(shape);
    const [channels = 1, , , depth = 1] = shape;
    const found = Array.from({ length: count }, (__, n) => volume.get(Math.floor(n / depth), 0, 0, n % depth));
    expect(found).toEqual(Array.from({ length: channels * depth }, (__, n) => n + 1));
  });

  test("time slots that are mixed among slices are refused", async () => {
    const file = framesFile(4, [timeSlots, slices], {
      "00540070": ["US", [1, 2, 1, 2]],
      "00540080": ["US", [1, 1, 2, 2]],
    });
    const refusal = { code: "VOXRX_BAD_HEADER", message: expect.stringContaining("FrameIncrementPointer (0028,0009)") };
    await expect(decodeVolume(file, { name: "x.dcm" })).rejects.toMatchObject(refusal);
  });

  test("slices at an unknown distance are refused", async () => {
    const file = framesFile(2, [slices], {
      "00180050": undefined,
      "00180088": undefined,
      "00540080": ["US", [1, 2]],
    });
    const refusal = { code: "VOXRX_BAD_HEADER", message: expect.stringContaining("SpacingBetweenSlices (0018,0088)") };
    await expect(decodeVolume(file, { name: "x.dcm" })).rejects.toMatchObject(refusal);
  });
});
