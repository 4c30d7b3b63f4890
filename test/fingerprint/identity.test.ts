import { expect, test } from "vitest";
import { identityOf } from "../../src/fingerprint/fingerprint.ts";

const sample = (...files: readonly [string, Uint8Array][]) => ({ key: "s1", files: new Map(files) });
const one = Uint8Array.of(1, 2);
const two = Uint8Array.of(3, 4);

test("files in a map are told apart by name and bytes, whatever the order they came in", () => {
  const identity = identityOf(sample(["a", one], ["b", two]));
  expect(identityOf(sample(["b", two], ["a", one]))).toBe(identity);
  for (const other of [
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
