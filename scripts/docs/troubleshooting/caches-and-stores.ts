/** What docs/errors.md says about caches and stores. */
import { constants } from "node:os";
import { join } from "node:path";
import { Dataset, lmdbStore, memoryStore } from "voxrx";
import { storeOver } from "voxrx/extend";
import * as op from "voxrx/operators";
import { writeFailure } from "../../../src/cache/lmdb/lmdb-environment.ts";
import type { Advice, Code } from "./advice.ts";

/** Codes of caches, and of the stores that they lie in. */
export const cachesAndStores = {
  VOXRX_NO_CACHE: {
    when: [
      "`warm()` was called on a dataset without `cacheUntilRandom`, `smartReplace` or another cache that it could fill.",
    ],
    remedies: [
      "Put `cacheUntilRandom()` after the transforms that are the same in every epoch. `explain()` shows what it caches, and why the cached part ends there.",
    ],
    provoke: () => Dataset.from([1]).warm(),
  },
  VOXRX_UNCACHEABLE: {
    when: [
      "An item that is to be cached, digested or written to a shard holds a function, an instance of a class, a `Map`, a promise or the like, which has no stable identity or no stored form.",
      "`writeShards`: a field's value does not fit its extension, the item is not a record, or two fields have one extension.",
    ],
    remedies: [
      "The message says where in the item it is. Add such things after the cache with `map`, or keep what they are made from: a string, numbers, a typed array.",
      "For `writeShards`, set the extension of the field with `fields`, or leave the field out.",
    ],
    provoke: () =>
      Dataset.from([{ subject: "a", started: new Map() }], { id: ({ subject }) => subject })
        .pipe(
          op.map((item) => item, { name: "same", version: 1 }),
          op.cacheUntilRandom(),
        )
        .toArray(),
  },
  VOXRX_STORE_UNUSABLE: {
    when: [
      "The directory of an `lmdbStore` can't be created or written, or lies on a network share, where LMDB does not work.",
      "It holds something else, a damaged `data.mdb`, or a store of another version of VoxRx.",
      "The directory was deleted while the store was open.",
      "A store of your own threw.",
    ],
    remedies: [
      "Use a directory on a local disk that this user can write to.",
      "Entries can always be computed again: delete the directory while nothing uses it, or choose another.",
      "`voxrx cache verify DIR` looks for damage, and `voxrx cache stats DIR` shows what is in a store.",
    ],
    provoke: async ({ file }) => {
      await using store = lmdbStore(join(await file("cache", "a file, not a directory"), "scans"));
      await store.stats();
    },
  },
  VOXRX_STORE_FULL: {
    when: [
      "The disk of an `lmdbStore` is full before the store reaches its `maxBytes` (20 GiB unless given), or the process may not write so large a file (`ulimit -f`).",
    ],
    remedies: [
      "`df -h DIR`. Free some space, or make the store with a lower `maxBytes`: it then removes old entries in time.",
      "`voxrx cache prune DIR --max-bytes 10GiB` makes an existing store smaller.",
    ],
    provoke: async () => {
      const code = constants.errno.ENOSPC;
      throw await writeFailure("/data/cache", Object.assign(new Error("No space left on device"), { code }));
    },
  },
  VOXRX_STORE_CLOSED: {
    when: [
      "A dataset runs, or a store is asked, after `close()` of the store or after the block of its `await using`: often a run that was not awaited, or a second epoch.",
    ],
    remedies: [
      "Close the store after the last run has ended. Or make a new store with the same directory: its entries are still there.",
    ],
    code: `import { Dataset, lmdbStore } from "voxrx";
import { cacheUntilRandom, load } from "voxrx/operators";
await using store = lmdbStore("cache"); // closed when this block ends, after all epochs
const scans = Dataset.from([{ image: "a.nii.gz" }]).pipe(load(["image"]), cacheUntilRandom({ store }));
for (let epoch = 0; epoch < 10; epoch++) for await (const { image } of scans) console.log(image.shape);`,
    provoke: async () => {
      const store = memoryStore();
      await store.close();
      await Dataset.from([1])
        .pipe(
          op.map((n) => n, { name: "same", version: 1 }),
          op.cacheUntilRandom({ store }),
        )
        .toArray();
    },
  },
  VOXRX_STORE_CONFLICT: {
    when: [
      "Two `lmdbStore`s of one process have the same directory and different `maxBytes`, `compression` or `dtype`, as for training and validation.",
      "A store was made with `compression`, and is opened without it, or the other way round.",
    ],
    remedies: [
      "Make one store and use it in both pipelines; entries of different pipelines never mix. Or use two directories.",
    ],
    provoke: async ({ dir }) => {
      await using store = lmdbStore(join(dir, "cache"), { maxBytes: "1GiB" });
      await store.stats();
      await using other = lmdbStore(join(dir, "cache"), { maxBytes: "2GiB" });
      await other.stats();
    },
  },
  VOXRX_STORE_DAMAGED: {
    when: [
      "An entry of a store did not match its checksum: a disk with errors, a machine that lost power, somebody who wrote into the directory. The item was computed again, so the run is right. Each store warns of the first one only.",
    ],
    remedies: [
      "One entry after a power failure needs nothing. If they grow (`(await store.stats()).damaged`), check the disk.",
      "`voxrx cache verify DIR --remove` finds and removes all damaged entries.",
      "`onDamage` of `lmdbStore` is called for each.",
    ],
    provoke: async () => {
      const entries = new Map<string, Uint8Array>();
      await using store = storeOver({
        name: "ourStore",
        get: (key) => entries.get(key),
        set: (key, bytes) => entries.set(key, bytes),
        delete: (key) => entries.delete(key),
        list: () => Array.from(entries, ([id, { length }]) => ({ id, size: length })),
      });
      await store.set("a", { value: 1, files: [] });
      for (const key of entries.keys()) entries.set(key, new Uint8Array(8));
      await store.get("a");
    },
  },
} satisfies Partial<Record<Code, Advice>>;
