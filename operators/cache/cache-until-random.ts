import * as v from "valibot";
import { CachedPrefix, lengthOf, ofAnyItem, splitAtRandom } from "../../src/cache/cached-prefix.ts";
import { memoryStore } from "../../src/cache/memory-store.ts";
import type { Store } from "../../src/cache/store.ts";
import { PipelineError } from "../../src/errors.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import { functionSchema, integerSchema, numberSchema } from "../../src/options.ts";
import type { Run, Stage } from "../../src/plan/stage.ts";
import type { Transform } from "../../src/plan/transform.ts";
import { TransformStage } from "../../src/plan/transform-stage.ts";
import { storeSchema } from "./shared/store-schema.ts";

/** Options of {@link cacheUntilRandom}. */
export interface CacheOptions {
  /** Store of the cached items. Default: a `memoryStore()` of its own. */
  readonly store?: Store;
  /** Number of items to cache, from the first one of the source on. Default: all. */
  readonly cacheNum?: number;
  /** Share of the items to cache, 0 to 1: at most `trunc(length * cacheRate)` items. Default 1. */
  readonly cacheRate?: number;
  /**
   * What the store knows an item by, as plain data, instead of by its content: an id that stays the same when a URL is
   * signed again (`(item: { id: string }) => item.id`). Two items with equal results share an entry. Default: the
   * content of the item, with all of each URL.
   */
  readonly identify?: (item: never) => unknown;
}

/**
 * Caches the results of the deterministic transforms before it, each computed once per item. It looks at the plan
 * before it, finds the first transform that is random or opaque, and caches what comes before that one; the rest runs
 * in every epoch. Its position among the transforms does not change the items (MONAI: `CacheDataset`,
 * `PersistentDataset`, `LMDBDataset`).
 *
 * An entry is identified by the item's content and by the name, version and options of every transform in the prefix.
 * It also lists the files that it was made from. A change to any of these never yields a stale item; a list of items
 * that grows or is reordered keeps its entries. `explain()` says what is cached, and why the prefix ends where it does.
 * An indexed dataset stays indexed.
 *
 * @throws PipelineError `VOXRX_UNCACHEABLE` when an item holds a value that can't be stored; StoreError when the store
 * can't be used
 * @example
 * ```ts
 * import { Dataset, lmdbStore } from "voxrx";
 * import { cacheUntilRandom, load, orientation, randFlip } from "voxrx/operators";
 * const training = Dataset.from([{ image: "a.nii.gz" }, { image: "b.nii.gz" }, { image: "c.nii.gz" }]).pipe(
 *   load(["image"]),
 *   orientation({ keys: "image", axcodes: "RAS" }),
 *   cacheUntilRandom({ store: lmdbStore("cache") }),
 *   randFlip({ keys: "image", prob: 0.5, spatialAxis: 0 }),
 * );
 * ```
 */
export const cacheUntilRandom = stageOperator<CacheOptions, FlowOperator<CacheOptions>>()({
  name: "cacheUntilRandom",
  version: 1,
  options: {
    store: v.optional(storeSchema, () => memoryStore()),
    cacheNum: v.optional(v.pipe(integerSchema, v.minValue(0))),
    cacheRate: v.optional(v.pipe(numberSchema, v.minValue(0), v.maxValue(1)), 1),
    identify: v.optional(functionSchema<NonNullable<CacheOptions["identify"]>>()),
  },
  stage(input, { store, identify, ...limits }) {
    const { base, prefix, suffix, reason } = splitAtRandom(input);
    if (prefix.length === 0) return TransformStage.over(input, [nothingCached(reason)]);
    const cached = new CachedPrefix(base, prefix, store, ofAnyItem(identify));
    return TransformStage.over(base, [cachedTransform(cached, base, limits, store, reason), ...suffix]);
  },
});

interface CacheLimits {
  readonly cacheNum?: number | undefined;
  readonly cacheRate: number;
}

/**
 * Fetches the result of a prefix from the cache, or computes it. It sees the item's index, but only to decide whether
 * to cache the item; the result doesn't depend on it.
 */
function cachedTransform(
  cached: CachedPrefix,
  base: Stage<unknown>,
  limits: CacheLimits,
  store: Store,
  reason: string,
): Transform {
  const { cacheNum, cacheRate } = limits;
  const isBounded = cacheNum !== undefined || cacheRate < 1;
  const detail = isBounded ? `${store.name}, cacheNum=${cacheNum ?? "all"} cacheRate=${cacheRate}` : store.name;
  const keeps = async (index: number, run: Run) => index < (await limitOf(base, limits, run));
  return {
    name: "cacheUntilRandom",
    kind: "deterministic",
    cache: {
      store: store.name,
      rounding: store.rounding,
      prefix: () => cached.fingerprint,
      keeps: isBounded ? keeps : undefined,
    },
    get fingerprint() {
      return cached.fingerprint;
    },
    insteadOf: cached.transforms,
    seesItem: true,
    describe: () => [...cached.describe("cached"), { name: "cacheUntilRandom", detail, notes: [reason] }],
    async apply(value, context) {
      const isKept = !isBounded || (await keeps(context.index, context.run));
      return isKept ? cached.fetch(value, context) : cached.apply(value, context);
    },
  };
}

/** Number of items kept: `min(cacheNum, trunc(length * cacheRate), length)`, as in MONAI's `CacheDataset`. */
async function limitOf(base: Stage<unknown>, { cacheNum, cacheRate }: CacheLimits, run: Run): Promise<number> {
  const length = await lengthOf(base, run);
  if (length !== undefined) return Math.min(cacheNum ?? length, Math.trunc(length * cacheRate), length);
  if (cacheRate === 1 && cacheNum !== undefined) return cacheNum;
  throw new PipelineError("VOXRX_LENGTH_UNKNOWN", "cacheRate needs the number of items, which a stream doesn't have", {
    remedy: "Give cacheNum instead, or put indexed() before the transforms.",
  });
}

function nothingCached(reason: string): Transform {
  return {
    name: "cacheUntilRandom",
    kind: "deterministic",
    fingerprint: "nothing",
    insteadOf: [],
    describe: () => [{ name: "cacheUntilRandom", notes: [`nothing is cached: ${reason}`] }],
    apply: (value) => value,
  };
}
