import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open as openLmdb } from "lmdb";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { type DamageReport, type LmdbStoreOptions, lmdbStore, type Store } from "voxrx";
import { plain, ramp, storeConformance, stored } from "../../conformance/store.ts";
import { endChildrenOf, messageOf } from "../../support/children.ts";
import { turns } from "../../support/counting.ts";
import { longTest } from "../../support/long.ts";
import { entryOf, sumOf } from "../../support/store-entry.ts";
import { startStoreChild } from "../../support/store-process.ts";

const home = await mkdtemp(join(tmpdir(), "voxrx-lmdb-"));
let folders = 0;
const freshFolder = () => join(home, `store.${folders++}`);

const open: Store[] = [];

function openStore(folder: string, options?: LmdbStoreOptions): Store {
  const store = lmdbStore(folder, options);
  open.push(store);
  return store;
}

afterEach(async () => {
  await endChildrenOf(home);
  await Promise.all(open.splice(0).map((store) => store.close()));
});

afterAll(() => rm(home, { recursive: true, force: true }));

storeConformance("lmdbStore", (limits) => lmdbStore(freshFolder(), limits));
storeConformance("lmdbStore with compression", (limits) => lmdbStore(freshFolder(), { compression: true, ...limits }));

const neverCompute = () => Promise.reject(new Error("computed although it was stored"));

describe("what is on disk", () => {
  test("is there after closing and opening again; composing touches nothing", async () => {
    const folder = freshFolder();
    const first = openStore(folder);
    await expect(stat(folder)).rejects.toMatchObject({ code: "ENOENT" });
    await first.set("k", stored({ image: ramp() }));
    await first.close();
    const answer = await openStore(folder).getOrCompute({ id: "k", compute: neverCompute });
    expect([answer.outcome, plain(answer.stored.value)]).toEqual(["hit", { image: plain(ramp()) }]);
  });

  test("is shared by all stores of one folder in a process, until the last is closed", async () => {
    const folder = freshFolder();
    const [first, second] = [openStore(folder), openStore(join(folder, "."))];
    await first.set("k", stored(1));
    expect(await second.get("k")).toEqual(stored(1));
    await first.close();
    await second.set("l", stored(2));
    expect(await second.get("l")).toEqual(stored(2));
    await expect(openStore(folder, { maxBytes: "1MB" }).get("k")).rejects.toMatchObject({
      code: "VOXRX_STORE_CONFLICT",
    });
    await second.close();
    expect(await openStore(folder, { maxBytes: "1MB" }).get("k")).toEqual(stored(1));
  });

  test("was compressed or not, and is never read as the other", async () => {
    const folder = freshFolder();
    await using plainStore = lmdbStore(folder);
    await plainStore.set("k", stored(1));
    await plainStore.close();
    await expect(openStore(folder, { compression: true }).get("k")).rejects.toMatchObject({
      code: "VOXRX_STORE_CONFLICT",
    });
  });

  test("stays under maxBytes while more is written, and the file with it", async () => {
    const folder = freshFolder();
    const store = openStore(folder, { maxBytes: "10MB" });
    for (let n = 0; n < 100; n++) {
      await store.set(`k${n}`, stored(entryOf(n)));
      expect((await store.stats()).bytes).toBeLessThanOrEqual(10e6);
    }
    expect((await store.stats()).evicted).toBeGreaterThan(70);
    expect((await stat(join(folder, "data.mdb"))).size).toBeLessThan(25e6);
  });

  test("holds what others put there as well: clear leaves it alone", async () => {
    const folder = freshFolder();
    const store = openStore(folder);
    await store.set("k", stored(1));
    await writeFile(join(folder, "notes.txt"), "mine");
    const root = openLmdb({ path: folder, noSubdir: false, maxDbs: 8 });
    const foreign = root.openDB<string, string>({ name: "theirs" });
    await foreign.put("a", "b");
    await store.clear();
    expect((await store.stats()).entries).toBe(0);
    // What shows a commit is there for a moment longer.
    await store.close();
    expect([foreign.get("a"), await readdir(folder)]).toEqual(["b", ["data.mdb", "lock.mdb", "notes.txt"]]);
    await root.close();
  });
});

describe("half precision", () => {
  test("gives on the miss what every later hit gives, in half the bytes", async () => {
    const image = ramp(10_000).withMeta({ source: "a" });
    for (let i = 0; i < 10_000; i++) image.data[i] = i / 3;
    const folder = freshFolder();
    const store = openStore(folder, { dtype: "float16" });
    const miss = await store.getOrCompute({ id: "k", compute: async () => stored({ image, n: 1 / 3 }) });
    const hit = await store.getOrCompute({ id: "k", compute: neverCompute });
    expect(plain(miss.stored.value)).toEqual(plain(hit.stored.value));
    expect(plain(hit.stored.value)).not.toEqual(plain({ image, n: 1 / 3 }));
    expect(hit.stored.value).toMatchObject({ n: 1 / 3, image: { dtype: "float32" } });
    expect((await store.stats()).bytes).toBeLessThan(22_000);
    await store.close();
    expect(await openStore(folder).get("k")).toBeUndefined();
  });
});

describe("damage", () => {
  /** Changes the bytes of an entry behind the store's back. */
  async function damage(folder: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
    const root = openLmdb({ path: folder, noSubdir: false, maxDbs: 8 });
    const entries = root.openDB<Uint8Array, string>({ name: "voxrx.entries", encoding: "binary" });
    await entries.put("k", change(Buffer.from(entries.get("k") ?? [])));
    await root.close();
  }

  const flip = (at: (length: number) => number) => (bytes: Buffer) => {
    const place = at(bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ 4;
    return bytes;
  };

  const kinds: readonly (readonly [string, (bytes: Buffer) => Uint8Array])[] = [
    ["another magic", flip(() => 0)],
    ["another version", flip(() => 6)],
    ["another head length", flip(() => 9)],
    ["another checksum", flip(() => 13)],
    ["another length", flip(() => 20)],
    ["a flipped bit in the head", flip(() => 40)],
    ["a flipped bit in the samples", flip((length) => length - 70)],
    ["a missing last byte", (bytes) => bytes.subarray(0, -1)],
    ["a missing half", (bytes) => bytes.subarray(0, bytes.length / 2)],
    ["three bytes", (bytes) => bytes.subarray(0, 3)],
    ["no bytes", () => new Uint8Array(0)],
    ["a foreign value", () => Buffer.from("x".repeat(5_000))],
    ["a byte too many", (bytes) => Buffer.concat([bytes, Buffer.of(0)])],
  ];

  test.each(kinds)("%s is told, counted, and the entry recomputed", async (_, change) => {
    const folder = freshFolder();
    const reports: DamageReport[] = [];
    const store = openStore(folder, { onDamage: (report) => void reports.push(report) });
    const ask = () => store.getOrCompute({ id: "k", compute: async () => stored(entryOf(3)) });
    await ask();
    await damage(folder, change);
    const again = await ask();
    expect([again.outcome, sumOf(again.stored.value)]).toEqual(["computed", sumOf(entryOf(3))]);
    expect(reports).toEqual([{ id: "k", fault: expect.stringMatching(/\w{3}/) }]);
    expect(await store.stats()).toMatchObject({ damaged: 1, entries: 1 });
    expect((await ask()).outcome).toBe("hit");
    await damage(folder, change);
    expect((await store.verify()).damaged).toEqual([{ id: "k", fault: reports[0]?.fault }]);
    expect(await store.stats()).toMatchObject({ damaged: 2, entries: 0, bytes: 0 });
  });

  test("is a warning of the process, once, where nobody listens", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => void warnings.push(warning);
    process.on("warning", listen);
    const folder = freshFolder();
    const store = openStore(folder);
    for (let round = 0; round < 2; round++) {
      await store.set("k", stored(1));
      await damage(
        folder,
        flip(() => 0),
      );
      expect(await store.get("k")).toBeUndefined();
    }
    await new Promise(setImmediate);
    process.off("warning", listen);
    expect(warnings.filter(({ message }) => message.includes("damaged"))).toHaveLength(1);
  });
});

describe("a folder that cannot be used", () => {
  test.each([
    ["below a regular file", (file: string) => join(file, "store")],
    ["that is a regular file", (file: string) => file],
  ])("%s is an error that says so, at the first use", async (_, place) => {
    const file = `${freshFolder()}.txt`;
    await writeFile(file, "x");
    const store = openStore(place(file));
    const asked = store.getOrCompute({ id: "k", compute: async () => stored(1) });
    await expect(asked).rejects.toMatchObject({ code: "VOXRX_STORE_UNUSABLE", remedy: expect.any(String) });
  });

  test("works once it can be", async () => {
    const file = freshFolder();
    await writeFile(file, "x");
    const store = openStore(file);
    await expect(store.get("k")).rejects.toMatchObject({ code: "VOXRX_STORE_UNUSABLE" });
    await rm(file);
    await store.set("k", stored(1));
    expect(await store.get("k")).toEqual(stored(1));
  });

  test.each([0.9, 0.5, 0.1])("whose file was cut to %d of its length is an error, and no crash", async (part) => {
    const folder = freshFolder();
    const store = openStore(folder);
    for (let n = 0; n < 5; n++) await store.set(`k${n}`, stored(entryOf(n)));
    await store.close();
    const file = join(folder, "data.mdb");
    await truncate(file, Math.floor((await stat(file)).size * part));
    await expect(openStore(folder).get("k4")).rejects.toMatchObject({
      code: "VOXRX_STORE_UNUSABLE",
      remedy: expect.stringContaining("data.mdb"),
    });
    await rm(file);
    expect(await openStore(folder).get("k4")).toBeUndefined();
  });

  test("that holds something else's data is left as it is", async () => {
    const folder = freshFolder();
    await openStore(folder).stats();
    await Promise.all(open.splice(0).map((store) => store.close()));
    await writeFile(join(folder, "data.mdb"), "x".repeat(20_000));
    await expect(openStore(folder).get("k")).rejects.toMatchObject({ code: "VOXRX_STORE_UNUSABLE" });
    expect((await readFile(join(folder, "data.mdb"), "latin1")).startsWith("xxx")).toBe(true);
  });
});

describe("several processes", () => {
  longTest("killed at any moment lose nothing that was committed, and leave no lock", async () => {
    const folder = freshFolder();
    const committed = new Map<string, number>();
    for (const [round, after] of [1, 4, 9].entries()) {
      const child = startStoreChild(folder, "fill", `round${round}`);
      await new Promise<void>((resolve) => {
        child.on("message", (n) => {
          committed.set(`round${round}-${n}`, Number(n));
          // A moment that is not tied to a commit: the next write is under way by then, somewhere.
          if (n === after) void turns(10 * round).then(() => child.kill("SIGKILL"));
        });
        child.once("exit", () => resolve());
      });
      const store = openStore(folder);
      for (const [key, n] of committed) {
        const value = (await store.get(key))?.value;
        expect([key, sumOf(value)]).toEqual([key, sumOf(entryOf(n))]);
      }
      await store.set(`after ${round}`, stored(round));
      expect((await store.verify()).damaged).toEqual([]);
      await store.close();
    }
    expect(committed.size).toBeGreaterThanOrEqual(17);
  });

  test("that miss at the same moment compute once", async () => {
    const folder = freshFolder();
    const log = `${folder}.log`;
    const those = [1, 2, 3].map(() => startStoreChild(folder, "once", log));
    await Promise.all(those.map((child) => messageOf(child)));
    const asking = those.map((child) => messageOf(child));
    for (const child of those) child.send("go");
    await Promise.all(asking);
    const answers = those.map((child) => messageOf(child));
    for (const child of those) child.send("finish");
    const said = await Promise.all(answers);
    // One that is slow to look finds the entry.
    const outcome = expect.stringMatching(/^(computed|joined|hit)$/);
    expect(said).toEqual(those.map(() => ({ outcome, sum: sumOf(entryOf(7)) })));
    expect(said.filter((answer) => JSON.stringify(answer).includes("computed"))).toHaveLength(1);
    expect(await readFile(log, "utf8")).toBe("computed\n");
    await Promise.all(those.map((child) => child.exitCode ?? once(child, "exit")));
  });

  test("do not wait for one that was killed while it computed", async () => {
    const folder = freshFolder();
    const child = startStoreChild(folder, "hold", "k");
    await messageOf(child);
    const store = openStore(folder);
    let computed = false;
    const compute = async () => {
      computed = true;
      return stored(1);
    };
    const asked = store.getOrCompute({ id: "k", compute });
    await store.set("other", stored(2));
    expect(computed).toBe(false);
    child.kill("SIGKILL");
    expect(await asked).toEqual({ stored: stored(1), outcome: "computed" });
  });
});
