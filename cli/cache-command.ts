import { existsSync } from "node:fs";
import { Command } from "commander";
import { type Bytes, formatBytes, parseBytes } from "../src/bytes.ts";
import { lmdbStore } from "../src/cache/lmdb/lmdb-store.ts";
import type { Store } from "../src/cache/store.ts";
import { StoreError } from "../src/errors.ts";

/** `voxrx cache stats|verify|prune|clear PATH`: looks after an `lmdbStore`. */
export function cacheCommand(): Command {
  return new Command("cache")
    .description("Looks after a cache made by lmdbStore(PATH).")
    .addCommand(
      action("stats", "says what the cache holds", async (store) => {
        const { entries, bytes } = await store.stats();
        console.log(`${entries} entries, ${formatBytes(bytes)}`);
      }),
    )
    .addCommand(
      action("verify", "reads every entry and drops the damaged ones", async (store) => {
        const { checked, damaged } = await store.verify();
        for (const { key, fault } of damaged) console.log(`${key}: ${fault}`);
        console.log(`${checked} entries read, ${damaged.length} damaged and dropped`);
      }),
    )
    .addCommand(
      action("prune", "drops stale entries, then the longest unused", async (store, { maxBytes }) => {
        const { dropped, bytes } = await store.prune(maxBytes === undefined ? undefined : parseBytes(maxBytes));
        console.log(`${dropped} entries dropped, ${formatBytes(bytes)} left`);
      }).option("--max-bytes <bytes>", 'bytes to leave, such as "10GiB"'),
    )
    .addCommand(action("clear", "drops all entries", (store) => store.clear()));
}

function action(
  name: string,
  description: string,
  work: (store: Store, options: { readonly maxBytes?: Bytes }) => Promise<void>,
): Command {
  return new Command(name)
    .description(description)
    .argument("<path>", "folder of the cache")
    .action(async (path: string, options: { readonly maxBytes?: Bytes }) => {
      if (!existsSync(path)) {
        throw new StoreError("VOXRX_STORE_UNUSABLE", "there is no cache", {
          file: path,
          remedy: "Name a cache's folder.",
        });
      }
      await using store = lmdbStore(path);
      await work(store, options);
    });
}
