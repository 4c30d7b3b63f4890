/** Faults seen in MONAI 1.5.0 by running it: each here is a promise that the same does not happen. */
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dataset, lmdbStore, memoryStore, Volume, writeNifti } from "voxrx";
import {
  cacheUntilRandom,
  compose,
  download,
  extract,
  load,
  map,
  onError,
  prefetch,
  scaleIntensity,
  smartReplace,
} from "voxrx/operators";
import { tarOf } from "../support/archives.ts";
import { turns } from "../support/counting.ts";
import { serveFiles } from "../support/file-server.ts";
import { chained, randScale, scans, shift } from "../support/pipelines.ts";
import { ramp, valuesOf } from "../support/volumes.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voxrx-faults-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("faults that are not repeated", () => {
  test("1: negative indices behind a partial cache", async () => {
    const ds = Dataset.from(numbers(10)).pipe(
      map((n) => n, { version: 1 }),
      cacheUntilRandom({ cacheRate: 0.8 }),
    );
    await ds.toArray();
    expect([await ds.at(-3), await ds.at(-9), await ds.at(-10)]).toEqual([7, 1, 0]);
  });

  test("2: equal items in a cache stay in their places", async () => {
    const ds = Dataset.from(["a", "b", "b", "c", "c"]).pipe(
      map((s) => s.toUpperCase(), { version: 1 }),
      cacheUntilRandom(),
    );
    await ds.toArray();
    expect(await ds.toArray()).toEqual(["A", "B", "B", "C", "C"]);
  });

  test("3: a consumer's writing does not reach the cache of a deterministic chain", async () => {
    const ds = chained(scans(1), [shift(1)]).pipe(cacheUntilRandom());
    const { data } = (await ds.at(0)).image;
    for (const [i, value] of data.entries()) data[i] = value + 5;
    expect(valuesOf((await ds.at(0)).image)[0]).toBe(1);
  });

  test("4: a composed prefix is cached like a flat one, and explain says where a function ends it", async () => {
    let calls = 0;
    const once = map(
      (n: number) => {
        calls++;
        return n;
      },
      { version: 1 },
    );
    const nested = Dataset.from(numbers(3)).pipe(
      compose(compose(once)),
      map((n) => n),
      cacheUntilRandom(),
    );
    for (let epoch = 0; epoch < 3; epoch++) await nested.toArray();
    expect(calls).toBe(3);
    expect(nested.explain()).toContain("the prefix ends before map, which is opaque");
  });

  test("5 and 6: a changed option is another entry, in LMDB too, after reopening", async () => {
    const path = join(folder, "options");
    const first = async (by: number) => {
      await using store = lmdbStore(path);
      return valuesOf(
        (
          await chained(scans(1), [shift(by)])
            .pipe(cacheUntilRandom({ store }))
            .at(0)
        ).image,
      )[0];
    };
    expect([await first(1), await first(10), await first(1)]).toEqual([1, 10, 1]);
  });

  test("7: a rewritten scan is read again, from memory and from disk", async () => {
    const path = join(folder, "scan.nii");
    for (const store of [memoryStore(), lmdbStore(join(folder, "rewritten"))]) {
      const ds = Dataset.from([path]).pipe(load(), scaleIntensity({ minv: 0, maxv: 1 }), cacheUntilRandom({ store }));
      await writeNifti(ramp([1, 2, 2, 2], "float32"), path);
      expect(valuesOf(await ds.at(0))[7]).toBe(1);
      await writeNifti(
        new Volume({ data: Float32Array.of(9, 0, 0, 0, 0, 0, 0, 0), shape: [1, 2, 2, 2], layout: "x-fastest" }),
        path,
      );
      // Two files written within one step of the file system's clock look alike.
      await utimes(path, new Date(0), new Date(0));
      expect(valuesOf(await ds.at(0))).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
      await store.close();
    }
  });

  test("8: clearing a store deletes nothing that it did not write", async () => {
    const path = join(folder, "shared-folder");
    await using store = lmdbStore(path);
    await store.set("aa", { value: 1, files: [] });
    await writeFile(join(path, "unrelated.txt"), "mine");
    await store.clear();
    expect(await readdir(path)).toContain("unrelated.txt");
  });

  test("10: one bad file neither stops the replacements nor hangs the next epoch", async () => {
    const paths = await Promise.all(
      numbers(5).map(async (n) => {
        const path = join(folder, `window-${n}.nii`);
        if (n === 3) await writeFile(path, "not an image");
        else await writeNifti(ramp([1, 2, 2, 2], "uint8", n), path);
        return path;
      }),
    );
    const ds = Dataset.from(paths).pipe(
      load(),
      smartReplace({ cacheNum: 3, replaceRate: 0.3 }),
      map((volume) => volume.get(0, 0, 0, 0)),
      onError({ skip: true, onSkip: () => undefined }),
    );
    const epochs: unknown[] = [];
    for (let epoch = 0; epoch < 5; epoch++) {
      const items: unknown[] = [];
      for await (const item of ds) {
        items.push(item);
        await turns(5);
      }
      epochs.push(items);
    }
    expect(epochs).toEqual([
      [0, 1, 2],
      [1, 2],
      [2, 4],
      [4, 0],
      [4, 0, 1],
    ]);
  });

  test("11 and 12: stopping, starting again and another length leave the window right", async () => {
    const of = (n: number) => Dataset.from(numbers(n)).pipe(smartReplace({ cacheNum: 4, replaceRate: 0.25 }));
    const ds = of(5);
    for await (const _ of ds) break;
    expect(await ds.toArray()).toEqual([1, 2, 3, 4]);
    expect(await of(4).epoch(7).toArray()).toEqual([0, 1, 2, 3]);
    expect(await of(3).epoch(7).toArray()).toEqual([0, 1, 2]);
  });

  test("15: a producer's error reaches the consumer behind every buffer", async () => {
    const failing = Dataset.from(function* () {
      yield* [0, 1, 2];
      throw new Error("source failed at item 3");
    });
    const seen: number[] = [];
    await expect(failing.pipe(prefetch({ buffer: 8 })).forEach((n) => void seen.push(n))).rejects.toThrow(
      "source failed at item 3",
    );
    expect(seen).toEqual([0, 1, 2]);
  });

  test("16: an interrupted extraction is repaired, and what is here and intact needs no network", async () => {
    const dir = join(folder, "archive");
    const body = await tarOf([
      { name: "a/1.txt", content: Buffer.from("one") },
      { name: "a/2.txt", content: Buffer.from("two") },
    ]);
    const server = await serveFiles({ "/a.tar": { body } });
    const ds = Dataset.from([{ url: `${server.origin}/a.tar` }]).pipe(download({ dir }), extract({ dir }));
    const [{ files } = { files: [] }] = await ds.toArray();
    expect(files).toHaveLength(2);
    await server[Symbol.asyncDispose]();
    await rm(files[1] ?? "");
    expect((await ds.toArray())[0]?.files).toEqual(files);
    expect((await readdir(join(dir, "a"))).sort()).toEqual(["1.txt", "2.txt"]);
  });

  test("random suffixes draw anew in every epoch though their prefix is cached", async () => {
    const ds = chained(scans(1), [shift(1), randScale]).pipe(cacheUntilRandom());
    const values = await Promise.all(
      [0, 1, 2, 3, 4].map(async (epoch) => valuesOf((await ds.at(0, { epoch })).image)[1]),
    );
    expect(new Set(values).size).toBeGreaterThan(2);
  });
});
