import { existsSync } from "node:fs";
import { Command } from "commander";
import { type Bytes, formatBytes, parseBytes } from "../src/bytes.ts";
import { lmdbStore } from "../src/cache/lmdb/lmdb-store.ts";
import type { Store } from "../src/cache/store.ts";
import { StoreError } from "../src/errors.ts";

/** `voxrx cache stats|verify|prune|clear PATH`: manages an `lmdbStore`. */
export function cacheCommand(): Command {
  return new Command("cache")
    .description("Manages a cache created by lmdbStore(PATH).")
    .addCommand(
      action("stats", "shows the number and size of the entries", async (store) => {
        const { entries, bytes } = await store.stats();
        console.log(`${entries} entries, ${formatBytes(bytes)}`);
      }),
    )
    .addCommand(
      action("verify", "reads every entry and removes the damaged ones", async (store) => {
        const { checked, damaged } = await store.verify();
        for (const { id, fault } of damaged) console.log(`${id}: ${fault}`);
        console.log(`${checked} entries read, ${damaged.length} damaged and removed`);
      }),
    )
    .addCommand(
      action("prune", "removes stale entries, then the least recently used ones", async (store, { maxBytes }) => {
        const { dropped, bytes } = await store.prune(maxBytes === undefined ? undefined : parseBytes(maxBytes));
        console.log(`${dropped} entries removed, ${formatBytes(bytes)} left`);
      }).option("--max-bytes <bytes>", 'size to keep, such as "10GiB"'),
    )
    .addCommand(action("clear", "removes all entries", (store) => store.clear()));
}

function action(
  name: string,
  description: string,
  work: (store: Store, options: { readonly maxBytes?: Bytes }) => Promise<void>,
): Command {
  return new Command(name)
    .description(description)
    .argument("<path>", "directory of the cache")
    .action(async (path: string, options: { readonly maxBytes?: Bytes }) => {
      if (!existsSync(path)) {
        throw new StoreError("VOXRX_STORE_UNUSABLE", "the cache does not exist", {
          file: path,
          remedy: "Give the directory of a cache.",
        });
      }
      await using store = lmdbStore(path);
      await work(store, options);
    });
}
