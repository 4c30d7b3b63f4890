import { describe, expect, test } from "vitest";
import { decodeVolume } from "voxrx";
import { type Elements, plainFile } from "../../support/dicom-elements.ts";

const numbers = Array.from({ length: 20 }, (_, n) => n + 0.5);
const bits = (count: number): Elements => ({
  "00280100": ["US", [count]],
  "00280101": ["US", [count]],
  "00280102": ["US", [count - 1]],
});
const floats = new Uint8Array(Float32Array.from(numbers).buffer);
const doubles = new Uint8Array(Float64Array.from(numbers).buffer);
const decode = (more: Elements) => decodeVolume(plainFile({ "7FE00010": undefined, ...more }), { name: "a.dcm" });

describe("float pixels", () => {
  test.each<[string, Elements]>([
    ["of 32 bits", { ...bits(32), "7FE00008": ["OF", floats] }],
    ["of 64 bits", { ...bits(64), "7FE00009": ["OD", doubles] }],
  ])("%s are read", async (_, more) => {
    const volume = await decode(more);
    expect([volume.get(0, 0, 0, 0), volume.get(0, 4, 3, 0)]).toEqual([0.5, 19.5]);
  });

  test.each<[string, Elements, string]>([
    ["floats in 16 bits", { ...bits(16), "7FE00008": ["OF", floats] }, "BitsAllocated (0028,0100) must be 32"],
    ["floats in 64 bits", { ...bits(64), "7FE00008": ["OF", floats] }, "BitsAllocated (0028,0100) must be 32"],
    ["doubles in 32 bits", { ...bits(32), "7FE00009": ["OD", doubles] }, "BitsAllocated (0028,0100) must be 64"],
    ["floats as integers", { ...bits(32), "7FE00010": ["OF", floats] }, "element (7FE0,0010) must hold integers"],
  ])("%s are refused, never read as integers", async (_, more, named) => {
    await expect(decode(more)).rejects.toThrow(named);
  });
});
