import * as v from "valibot";
import type { Store } from "../../../src/cache/store.ts";

/** A store, recognized by the one method that every cache needs. */
export const storeSchema = v.custom<Store>(
  (store) => typeof store === "object" && store !== null && "getOrCompute" in store,
  "expected a store, such as memoryStore() or lmdbStore(dir)",
);
