import { existsSync } from "node:fs";
import { mkdir, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lmdbStore } from "voxrx";
import { stored } from "../../conformance/store.ts";
import { messageOf } from "../../support/children.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { runsLongTests } from "../../support/long.ts";
import { hasSmallDisks, smallDisk } from "../../support/small-disk.ts";
import { entryOf } from "../../support/store-entry.ts";
import { startStoreChild } from "../../support/store-process.ts";

/** Only then it is known whether a lock is in use. */
const listsLocks = existsSync("/proc/locks");

/** A closed store with an entry. */
async function filled(dir: string): Promise<void> {
  await using store = lmdbStore(dir);
  for (let n = 0; n < 20; n++) await store.set(`k${n}`, stored(entryOf(n)));
  for (let n = 0; n < 60; n++) await store.set(`small${n}`, stored(n));
}

/** What comes of using a directory as a store in another process, which lmdb may end. */
const used = (dir: string) => messageOf(startStoreChild(dir, "use", "k1"));

async function overwrite(path: string, position: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, "r+");
  await handle.write(bytes, 0, bytes.length, position);
  await handle.close();
}

/** Changes all pages of a kind: 1 for branches of a tree, 2 for leaves, 4 for the first of a large value. */
async function onPages(dir: string, kind: number, change: (page: Buffer) => void): Promise<void> {
  const path = join(dir, "data.mdb");
  const bytes = await readFile(path);
  for (let at = 0; at < bytes.length; at += 4096) {
    const page = bytes.subarray(at, at + 4096);
    if (page.readUInt16LE(18) === kind && page.readBigUInt64LE(0) === BigInt(at / 4096)) change(page);
  }
  await writeFile(path, bytes);
}

describe("files that would end the process are an error", () => {
  const pageBytes = 4096;
  const damages: Readonly<Record<string, (dir: string) => Promise<unknown>>> = {
    "a directory lock.mdb": async (dir) => {
      await rm(join(dir, "lock.mdb"));
      await mkdir(join(dir, "lock.mdb"));
    },
    "a directory data.mdb": async (dir) => {
      await rm(join(dir, "data.mdb"));
      await mkdir(join(dir, "data.mdb"));
    },
    "two zeroed meta pages": (dir) => overwrite(join(dir, "data.mdb"), 0, new Uint8Array(2 * pageBytes)),
    "a zeroed second meta page": (dir) => overwrite(join(dir, "data.mdb"), pageBytes, new Uint8Array(pageBytes)),
    "zeroed pages after the meta pages": async (dir) => {
      const path = join(dir, "data.mdb");
      await overwrite(path, 2 * pageBytes, new Uint8Array((await stat(path)).size - 2 * pageBytes));
    },
    "half of its pages": async (dir) => truncate(join(dir, "data.mdb"), (await stat(join(dir, "data.mdb"))).size / 2),
    "branch pages that are of no kind": (dir) => onPages(dir, 1, (page) => page.fill(0xff, 18, 20)),
    "leaf pages with an entry beyond their end": (dir) => onPages(dir, 2, (page) => page.fill(0xff, 24, 26)),
    "pages that are another's": (dir) => onPages(dir, 2, (page) => page.writeBigUInt64LE(3n, 0)),
    "large values with too many pages": (dir) => onPages(dir, 4, (page) => page.writeUInt32LE(0x7fffffff, 20)),
    "the text of something else": (dir) => writeFile(join(dir, "data.mdb"), "x".repeat(20_000)),
  };

  // Each takes a process.
  const inShort = /directory data|entry beyond/;
  const tried = Object.keys(damages).filter((name) => runsLongTests || inShort.test(name));

  test.each(tried)("%s", async (name) => {
    await using folder = await temporaryFolder();
    await filled(folder.path);
    await damages[name]?.(folder.path);
    expect(await used(folder.path)).toBe("VOXRX_STORE_UNUSABLE");
  });

  test("an empty lock.mdb that is in use", async () => {
    await using folder = await temporaryFolder();
    await filled(folder.path);
    expect(await messageOf(startStoreChild(folder.path, "hold", "another"))).toBe("computing");
    await truncate(join(folder.path, "lock.mdb"), 0);
    expect(await used(folder.path)).toBe("VOXRX_STORE_UNUSABLE");
  });

  test.skipIf(!listsLocks).each(["with entries", "new"])(
    "but not an empty lock.mdb that a killed process left: %s",
    async (state) => {
      await using folder = await temporaryFolder();
      if (state === "with entries") await filled(folder.path);
      await writeFile(join(folder.path, "lock.mdb"), "");
      expect(await used(folder.path)).toBe("used");
    },
  );

  test("and files that are whole are used", async () => {
    await using folder = await temporaryFolder();
    await filled(folder.path);
    expect(await used(folder.path)).toBe("used");
    const before = await readFile(join(folder.path, "data.mdb"));
    expect(before.length).toBeGreaterThan(2 * pageBytes);
  });
});

test("a directory that is deleted while it is open is noticed at the next write", async () => {
  await using folder = await temporaryFolder();
  const dir = join(folder.path, "store");
  await using store = lmdbStore(dir);
  await store.set("a", stored(1));
  await rm(dir, { recursive: true });
  const lost = { code: "VOXRX_STORE_UNUSABLE", message: expect.stringContaining("deleted or replaced") };
  await expect(store.set("b", stored(2))).rejects.toMatchObject(lost);
  await expect(store.getOrCompute({ id: "c", compute: async () => stored(3) })).rejects.toMatchObject(lost);
});

describe.skipIf(!hasSmallDisks)("on a full disk", () => {
  test("a new store is refused, and does not end the process", async () => {
    using disk = smallDisk("64k");
    await writeFile(join(disk.dir, "fill"), new Uint8Array(64 * 1024)).catch(() => undefined);
    expect(await used(disk.dir)).toBe("VOXRX_STORE_FULL");
  });

  test("a full store can be cleared and used again, and closes after a write that failed", async () => {
    using disk = smallDisk("8m");
    expect(await messageOf(startStoreChild(join(disk.dir, "store"), "crammed"))).toEqual({
      codes: ["VOXRX_STORE_FULL", "VOXRX_STORE_FULL"],
      entries: 0,
      isClosed: true,
    });
  });
});
