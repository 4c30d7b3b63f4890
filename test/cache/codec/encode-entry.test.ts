import fc from "fast-check";
import { expect, test } from "vitest";
import { Volume } from "voxrx";
import { WriteGate } from "../../../src/async/write-gate.ts";
import { decodeItem } from "../../../src/cache/codec/decode-entry.ts";
import { checksumOf, encodeItem } from "../../../src/cache/codec/encode-entry.ts";
import { decodeFloat16, encodeFloat16 } from "../../../src/cache/codec/float16.ts";
import { ramp, stored } from "../../conformance/store.ts";

const entry = () => encodeItem(stored({ a: ramp(7), b: Float64Array.of(1), c: ramp(5).flip([0]), text: "é" }));

test("any one changed byte is a fault in words, never an item and never a crash", () => {
  for (let at = 0; at < entry().length; at++) {
    const bytes = entry();
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
    expect(decodeItem(bytes)).toEqual({ ok: false, fault: expect.any(String) });
  }
});

test("any bytes behind a right frame are an item or a fault", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom("volume", "array", "record", "date", "number", "bigint"), (v, t) => {
      const decoded = decodeItem(
        framed(JSON.stringify([{ t, v, name: v, at: v, length: v, shape: v, stored: v }, []])),
      );
      if (!decoded.ok) expect(decoded.fault).toBeTruthy();
    }),
  );
  expect(decodeItem(framed(`[${"[".repeat(5_000)}${"]".repeat(5_000)},[]]`))).toMatchObject({ ok: false });
  const huge = {
    t: "volume",
    stored: "uint8",
    shape: [1e9, 1e9, 1e9],
    affine: [],
    meta: { t: "record", v: [] },
    at: 0,
  };
  expect(decodeItem(framed(JSON.stringify([huge, []])))).toMatchObject({ ok: false });
});

test("samples lie at multiples of 64 bytes, z fastest, whatever view they came from", () => {
  const volume = new Volume({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), shape: [1, 2, 3], layout: "x-fastest" });
  const decoded = decodeItem(encodeItem(stored([volume.permute([1, 0]), volume.flip([0, 1])])));
  const images = decoded.ok && Array.isArray(decoded.item.value) ? decoded.item.value : [];
  expect(images.map((image: Volume) => [...image.storage])).toEqual([
    [1, 2, 3, 4, 5, 6],
    [6, 4, 2, 5, 3, 1],
  ]);
  for (const image of images) expect(image.samples.byteOffset % 64).toBe(0);
});

test("half precision rounds to the nearest, ties to even, as IEEE 754 says", () => {
  const table: readonly (readonly [number, number])[] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519.996, 0x7bff],
    [65_520, 0x7c00],
    [-1e9, 0xfc00],
    [Infinity, 0x7c00],
    [Number.NaN, 0x7e00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -24, 0x0002],
    [2.5 * 2 ** -24, 0x0002],
    [2 ** -14, 0x0400],
    [2 ** -14 - 2 ** -26, 0x0400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 2 ** -11 + 2 ** -20, 0x3c01],
    [1 / 3, 0x3555],
  ];
  const halves = new Uint16Array(table.length);
  encodeFloat16(
    Float32Array.from(table, ([value]) => value),
    halves,
  );
  expect([...halves]).toEqual(table.map(([, half]) => half));
});

test("every half survives the way to single precision and back", () => {
  const all = Uint16Array.from({ length: 65_536 }, (_, half) => half);
  const back = new Uint16Array(all.length);
  encodeFloat16(decodeFloat16(all), back);
  const isNaNPattern = (half: number) => (half & 0x7fff) > 0x7c00;
  expect(all.filter((half, i) => !isNaNPattern(half) && back[i] !== half)).toHaveLength(0);
  expect(all.filter((half, i) => isNaNPattern(half) && !isNaNPattern(back[i] ?? 0))).toHaveLength(0);
});

test("bytes of writes under way never pass the limit, and all of them get through in order", async () => {
  const gate = new WriteGate(100);
  const sizes = [60, 30, 50, 100, 500, 10, 90, 1];
  const [order, seen]: [number[], number[]] = [[], []];
  let passing = 0;
  const writes = sizes.map((bytes, n) =>
    gate.pass(bytes, async () => {
      order.push(n);
      passing += Math.min(bytes, 100);
      seen.push(passing);
      await new Promise(setImmediate);
      passing -= Math.min(bytes, 100);
      if (n === 2) throw new Error("broken");
    }),
  );
  const outcomes = await Promise.allSettled(writes);
  expect(outcomes.map(({ status }) => status).filter((status) => status === "rejected")).toHaveLength(1);
  expect(order).toEqual([...sizes.keys()]);
  expect(Math.max(...seen)).toBe(100);
});

/** A head of our choosing in a frame with the right magic, lengths and checksum. */
function framed(head: string): Uint8Array<ArrayBuffer> {
  const template = encodeItem(stored(new Uint8Array(64)));
  const text = Buffer.from(head);
  const bytes = new Uint8Array(Math.ceil((32 + text.length) / 64) * 64 + 64);
  bytes.set(template.subarray(0, 8));
  bytes.set(text, 32);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, text.length, true);
  view.setFloat64(16, bytes.length, true);
  view.setUint32(12, checksumOf(bytes), true);
  return bytes;
}
