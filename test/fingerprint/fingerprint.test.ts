import { expect, test } from "vitest";
import { Volume } from "voxrx";
import { fingerprintOf, identityOf } from "../../src/fingerprint/fingerprint.ts";

const sample = (...files: readonly [string, Uint8Array][]) => ({ key: "s1", files: new Map(files) });
const one = Uint8Array.of(1, 2);
const two = Uint8Array.of(3, 4);

test("files in a map are told apart by name, bytes and order, which a decoder sees", () => {
  const identity = identityOf(sample(["a", one], ["b", two]));
  expect(identityOf(sample(["a", one], ["b", two]))).toBe(identity);
  for (const other of [
    sample(["b", two], ["a", one]),
    sample(["b", one], ["a", two]),
    sample(["a", two], ["b", one]),
    sample(["a", one]),
    sample(["a", Uint8Array.of(1)], ["b", Uint8Array.of(2, 3, 4)]),
    sample(["a", new Uint8Array(new Uint16Array([513]).buffer)], ["c", two]),
  ]) {
    expect(identityOf(other)).not.toBe(identity);
  }
});

test("bytes in a map are hashed, not spelled out: no text could hold those of a large scan", () => {
  expect(identityOf(sample(["nii", new Uint8Array(2 ** 27).fill(255)]))).toMatch(/^[0-9a-f]{64}$/);
});

test("all that a function can see of an item is part of its identity: the order of fields, fields that hold undefined, meta", () => {
  const data = Float32Array.of(1, 2, 3, 4);
  const volume = new Volume({ data, shape: [1, 2, 2], meta: { source: "a.nii" } });
  const item = { image: volume, age: 3, note: undefined };
  const identity = identityOf(item);
  expect(identityOf({ ...item, image: new Volume({ data, shape: [1, 2, 2], meta: { source: "a.nii" } }) })).toBe(
    identity,
  );
  for (const other of [
    { age: 3, image: volume, note: undefined },
    { image: volume, age: 3 },
    { ...item, image: volume.withMeta({ source: "b.nii" }) },
    { ...item, image: volume.withAffine([2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]) },
    { ...item, image: volume.flip([0]) },
    { ...item, nested: [{ a: 1, b: 2 }] },
  ]) {
    expect(identityOf(other)).not.toBe(identity);
  }
  expect(identityOf([{ a: 1, b: 2 }])).not.toBe(identityOf([{ b: 2, a: 1 }]));
  expect(identityOf([{ volume: "float32" }])).not.toBe(identityOf([volume]));
});

test("a view is the image that it shows, whatever memory it lies in", () => {
  const volume = new Volume({ data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2] });
  for (const layout of ["x-fastest", "z-fastest"] as const) {
    expect(identityOf(volume.toContiguous(layout))).toBe(identityOf(volume));
  }
});

test("options are the same whatever the order in which they are given, also where one is undefined", () => {
  expect(fingerprintOf("spacing", 1, { a: 1, b: [1, { c: 2, d: undefined }] })).toBe(
    fingerprintOf("spacing", 1, { b: [1, { c: 2 }], a: 1 }),
  );
});
