import { cp, mkdir, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dataset, encodeNifti, identifyFile, lmdbStore, memoryStore, readVolume, type Store, tieredStore } from "voxrx";
import { cacheUntilRandom, load } from "voxrx/operators";
import { temporaryFolder } from "../support/folder.ts";
import { runsLongTests } from "../support/long.ts";
import { ramp } from "../support/volumes.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Two files of one size. */
const one = await encodeNifti(ramp([1, 2, 2, 2], "uint8", 1));
const two = await encodeNifti(ramp([1, 2, 2, 2], "uint8", 101));

const tries = runsLongTests ? 100 : 3;

describe.each<[string, (dir: string) => Store]>([
  ["memoryStore", () => memoryStore()],
  ["lmdbStore", (dir) => lmdbStore(dir)],
  ["tieredStore", (dir) => tieredStore(memoryStore(), lmdbStore(dir))],
])("a cache in a %s never yields another file's image", (name, storeIn) => {
  /** Runs an attack some times, each with its own directory and store. */
  async function repeatedly(
    attack: (dir: string, first: (path: string) => Promise<number | undefined>) => Promise<void>,
  ): Promise<void> {
    for (let n = 0; n < tries; n++) {
      const dir = join(folder.path, `${name}-${crypto.randomUUID()}`);
      await mkdir(dir);
      await using store = storeIn(join(dir, "store"));
      const read = Dataset.from<string>;
      await attack(dir, async (path) => {
        const [volume] = await read([path]).pipe(load(), cacheUntilRandom({ store })).toArray();
        return volume?.get(0, 0, 0, 0);
      });
    }
  }

  test("where a relative path names another file in another working directory", async () => {
    const home = process.cwd();
    try {
      await repeatedly(async (dir, first) => {
        for (const [part, bytes] of [["A", one] as const, ["B", two] as const]) {
          await mkdir(join(dir, part));
          await writeFile(join(dir, part, "x.nii"), bytes);
        }
        process.chdir(join(dir, "A"));
        expect(await first("x.nii")).toBe(1);
        process.chdir(join(dir, "B"));
        expect(await first("x.nii")).toBe(101);
        process.chdir(home);
      });
    } finally {
      process.chdir(home);
    }
  });

  test("where a link is set to another file", async () => {
    await repeatedly(async (dir, first) => {
      await writeFile(join(dir, "one.nii"), one);
      await writeFile(join(dir, "two.nii"), two);
      const link = join(dir, "link.nii");
      for (const [target, wanted] of [["one.nii", 1] as const, ["two.nii", 101] as const, ["one.nii", 1] as const]) {
        await symlink(join(dir, target), link);
        expect(await first(link)).toBe(wanted);
        await unlink(link);
      }
    });
  });

  test("where a file is replaced by one that was written in the same moment", async () => {
    await repeatedly(async (dir, first) => {
      const path = join(dir, "x.nii");
      await writeFile(path, one);
      await writeFile(`${path}.new`, two);
      expect(await first(path)).toBe(1);
      await rename(`${path}.new`, path);
      expect(await first(path)).toBe(101);
    });
  });

  test("where a file is written over in the same moment", async () => {
    await repeatedly(async (dir, first) => {
      const path = join(dir, "x.nii");
      for (const [bytes, wanted] of [[one, 1] as const, [two, 101] as const, [one, 1] as const]) {
        await writeFile(path, bytes);
        expect(await first(path)).toBe(wanted);
      }
    });
  });

  test("and stays warm where a data directory is copied back under the same path", async () => {
    const dir = join(folder.path, `${name}-copied`);
    await mkdir(join(dir, "data"), { recursive: true });
    await writeFile(join(dir, "data", "x.nii"), one);
    await using store = storeIn(join(dir, "store"));
    const ds = Dataset.from([join(dir, "data", "x.nii")]).pipe(load(), cacheUntilRandom({ store }));
    await ds.toArray();
    await cp(join(dir, "data"), join(dir, "backup"), { recursive: true });
    await rm(join(dir, "data"), { recursive: true });
    await cp(join(dir, "backup"), join(dir, "data"), { recursive: true });
    expect((await ds.toArray())[0]?.get(0, 0, 0, 0)).toBe(1);
    expect(await store.stats()).toMatchObject({ hits: 1, stale: 0 });
  });
});

test("the hash is that of the whole file, however it is read", async () => {
  const volume = ramp([2, 30, 20, 10], "float32");
  for (const [file, bytes] of [
    ["plain.nii", await encodeNifti(volume)],
    ["packed.nii.gz", await encodeNifti(volume, { gzip: true })],
    ["longer.nii", Buffer.concat([await encodeNifti(volume), Buffer.alloc(3_000_000, 7)])],
  ] as const) {
    const path = join(folder.path, file);
    await writeFile(path, bytes);
    const seen: unknown[] = [];
    await readVolume(path, { onFile: ({ hash }) => seen.push(hash) });
    expect(seen).toEqual([(await identifyFile(path)).hash]);
  }
});
