import { afterEach, describe, expect, test } from "vitest";
import { freeMemory } from "../../src/memory/free-memory.ts";
import { lendTo, ResultMemory, resultSamples } from "../../src/memory/result-memory.ts";

const megabyte = 2 ** 20;

/** Empties it: takes all that is there. */
function empty(): void {
  for (let bytes = 1; bytes <= 512 * megabyte; bytes *= 1.2) while (freeMemory.take(Math.floor(bytes))) {}
}

afterEach(empty);

describe("free memory", () => {
  test("is given to who needs as much, or a little less", () => {
    empty();
    const buffer = new ArrayBuffer(10 * megabyte);
    freeMemory.give(buffer);
    expect(freeMemory.take(11 * megabyte)).toBeUndefined();
    expect(freeMemory.take(7 * megabyte)).toBeUndefined();
    expect(freeMemory.take(9 * megabyte)).toBe(buffer);
    expect(freeMemory.take(9 * megabyte)).toBeUndefined();
  });

  test("is bounded: the oldest is dropped", () => {
    empty();
    const buffers = Array.from({ length: 4 }, (_, n) => new ArrayBuffer((80 + n) * megabyte));
    for (const buffer of buffers) freeMemory.give(buffer);
    expect(freeMemory.take(80 * megabyte)).toBe(buffers[1]);
    freeMemory.give(new ArrayBuffer(300 * megabyte));
    expect(freeMemory.take(300 * megabyte)).toBeUndefined();
  });
});

describe("the memory of results", () => {
  test("becomes free once the item does not use it, unless somebody may have kept it", () => {
    empty();
    const memory = new ResultMemory();
    const [one, two] = [memory.take(megabyte).buffer, memory.take(megabyte).buffer];
    memory.keepOnly(new Set([one]));
    expect(freeMemory.take(megabyte)).toBe(two);
    memory.leave();
    memory.keepOnly(new Set());
    expect(freeMemory.take(megabyte)).toBeUndefined();
  });

  test("shows nothing of what was in it beyond its samples", () => {
    empty();
    freeMemory.give(new Uint8Array(megabyte).fill(7).buffer);
    const { buffer } = new ResultMemory().take(megabyte - 100);
    expect(buffer.byteLength).toBe(megabyte);
    expect(new Uint8Array(buffer, megabyte - 100).every((byte) => byte === 0)).toBe(true);
  });

  test("is that of the item that a transform works on, and no other", () => {
    empty();
    const item = { memory: undefined as ResultMemory | undefined };
    expect(lendTo(item)).toBeUndefined();
    const { buffer } = resultSamples("float32", megabyte);
    expect(lendTo(undefined)).toBe(item);
    const other = resultSamples("float32", megabyte).buffer;
    item.memory?.keepOnly(new Set());
    expect([freeMemory.take(4 * megabyte), freeMemory.take(4 * megabyte)]).toEqual([buffer, undefined]);
    expect(other.byteLength).toBe(4 * megabyte);
  });
});
