import { z } from "zod";
import type { Store } from "../../../src/cache/store.ts";

/** A store, told by the one method that a cache can't do without. */
export const storeSchema = z.custom<Store>(
  (store) => typeof store === "object" && store !== null && "getOrCompute" in store,
  "expected a store, such as memoryStore() or lmdbStore(dir)",
);
