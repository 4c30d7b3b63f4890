import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dataset, type IndexedOperator, memoryStore, registerFormat, Volume } from "voxrx";
import { readShards } from "voxrx/datasets";
import { cacheUntilRandom, decode, lazy, load, map, oneOf } from "voxrx/operators";
import { tarOf } from "../../support/archives.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { transformOf } from "../../support/transform-of.ts";
import { valuesOf } from "../../support/volumes.ts";

/** A format of one voxel, whose value is multiplied by its version. */
function register(version: number, name = "one-voxel"): void {
  registerFormat({
    name,
    version,
    extensions: [".voxel"],
    sniff: ([first]) => first === 0xf7,
    decode: ([, value = 0]) => new Volume({ data: Float32Array.of(value * version), shape: [1, 1, 1] }),
  });
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder.path, "a.voxel"), Uint8Array.of(0xf7, 5));
  await writeFile(join(folder.path, "a.tar"), await tarOf([{ name: "a.voxel", content: Buffer.from([0xf7, 5]) }]));
});
afterAll(() => folder[Symbol.asyncDispose]());

const firstValue = async (dataset: Dataset<Volume>) => (await dataset.epoch(0).toArray()).flatMap(valuesOf)[0];

describe("what a cache holds of a registered format", () => {
  test("is read again after another version of it is registered, also once the pipeline is composed", async () => {
    await using store = memoryStore();
    const path = join(folder.path, "a.voxel");
    const loaded = () => Dataset.from([path]).pipe(load(), cacheUntilRandom({ store }));
    const decoded = () =>
      Dataset.from([{ name: "a.voxel", bytes: Uint8Array.of(0xf7, 5) }]).pipe(decode(), cacheUntilRandom({ store }));
    for (const pipeline of [loaded, decoded]) {
      register(1);
      const composed = pipeline();
      expect([await firstValue(composed), await firstValue(composed)]).toEqual([5, 5]);
      register(2);
      expect([await firstValue(composed), await firstValue(pipeline())]).toEqual([10, 10]);
      register(3, "one-voxel, of another author");
      expect([await firstValue(composed), await firstValue(pipeline())]).toEqual([15, 15]);
    }
  });

  test("is served as long as nothing is registered", async () => {
    await using store = memoryStore();
    let worked = 0;
    const counted = map(
      (volume: Volume) => {
        worked++;
        return volume;
      },
      { version: 1 },
    );
    register(1);
    const pipeline = Dataset.from([join(folder.path, "a.voxel")]).pipe(load(), counted, cacheUntilRandom({ store }));
    for (let run = 0; run < 3; run++) await firstValue(pipeline);
    expect(worked).toBe(1);
  });

  test("counts where it is read inside of another operator, and out of shards", () => {
    const prints = () => {
      const shards = readShards(join(folder.path, "a.tar"));
      return [
        transformOf(load()).fingerprint,
        transformOf(decode()).fingerprint,
        transformOf(lazy(load())).fingerprint,
        transformOf(oneOf([lazy(load() as unknown as IndexedOperator<string, string>)])).fingerprint,
        JSON.stringify(shards.stage.identity),
      ];
    };
    register(1);
    const before = prints();
    expect(prints()).toEqual(before);
    register(2);
    for (const [n, print] of prints().entries()) expect(print).not.toBe(before[n]);
  });
});
