import { z } from "zod";
import { CachedPrefix, lengthOf, splitAtRandom } from "../../src/cache/cached-prefix.ts";
import { memoryStore } from "../../src/cache/memory-store.ts";
import type { Store } from "../../src/cache/store.ts";
import { PipelineError } from "../../src/errors.ts";
import { type FlowOperator, stageOperator } from "../../src/operator/flow-operator.ts";
import type { Run, Stage } from "../../src/plan/stage.ts";
import type { Transform } from "../../src/plan/transform.ts";
import { TransformStage } from "../../src/plan/transform-stage.ts";
import { storeSchema } from "./shared/store-schema.ts";

/** Options of {@link cacheUntilRandom}. */
export interface CacheOptions {
  /** Where items are kept. Default: `memoryStore()`, made for this operator. */
  readonly store?: Store;
  /** Items that are kept, the first ones of the source. Default: all. */
  readonly cacheNum?: number;
  /** Share of the items that are kept, 0 to 1: `cacheNum` is at most `trunc(length * cacheRate)`. Default 1. */
  readonly cacheRate?: number;
}

/**
 * Keeps what the deterministic transforms before it give, and computes it once per item: looks at the plan before it,
 * finds the first transform that is random or opaque, and caches what comes before that one; the rest runs in every
 * epoch. Where it stands among the transforms makes no difference to the items (MONAI: `CacheDataset`,
 * `PersistentDataset`, `LMDBDataset`).
 *
 * An entry is identified by the item's content and by the name, version and options of every transform in the prefix,
 * and lists the files that it was made from: a change of any of them is never answered with a stale item, and a list
 * that grows or is put in another order keeps its entries. `explain()` says what is cached, and why the prefix ends
 * where it does. Keeps an index.
 *
 * @throws PipelineError `VOXRX_UNCACHEABLE` when an item holds what has no stored form, StoreError when the store
 * cannot be used
 * @example
 * ```ts
 * import { Dataset, lmdbStore } from "voxrx";
 * import { cacheUntilRandom, load, orientation, randFlip } from "voxrx/operators";
 * const training = Dataset.from([{ image: "a.nii.gz" }]).pipe(
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
    store: storeSchema.default(() => memoryStore()),
    cacheNum: z.int().min(0).optional(),
    cacheRate: z.number().min(0).max(1).default(1),
  },
  stage(input, { store, ...share }) {
    const { base, prefix, suffix, reason } = splitAtRandom(input);
    if (prefix.length === 0) return TransformStage.over(input, [nothingCached(reason)]);
    const cached = new CachedPrefix(base, prefix, store);
    return TransformStage.over(base, [cachedTransform(cached, base, share, store, reason), ...suffix]);
  },
});

interface Share {
  readonly cacheNum?: number | undefined;
  readonly cacheRate: number;
}

/**
 * What the transforms of a prefix do. It may see which item it has: that decides whether the item is kept, not what it
 * is.
 */
function cachedTransform(
  cached: CachedPrefix,
  base: Stage<unknown>,
  share: Share,
  store: Store,
  reason: string,
): Transform {
  const { cacheNum, cacheRate } = share;
  const isBounded = cacheNum !== undefined || cacheRate < 1;
  const detail = isBounded ? `${store.name}, cacheNum=${cacheNum ?? "all"} cacheRate=${cacheRate}` : store.name;
  return {
    name: "cacheUntilRandom",
    kind: "deterministic",
    get fingerprint() {
      return cached.fingerprint;
    },
    insteadOf: cached.transforms,
    seesItem: true,
    describe: () => [...cached.describe("cached"), { name: "cacheUntilRandom", detail, notes: [reason] }],
    async apply(value, context) {
      const isKept = !isBounded || context.index < (await limitOf(base, share, context.run));
      return isKept ? cached.fetch(value, context) : cached.apply(value, context);
    },
  };
}

/** Number of items kept: `min(cacheNum, trunc(length * cacheRate), length)`, as in MONAI's `CacheDataset`. */
async function limitOf(base: Stage<unknown>, { cacheNum, cacheRate }: Share, run: Run): Promise<number> {
  const length = await lengthOf(base, run);
  if (length !== undefined) return Math.min(cacheNum ?? length, Math.trunc(length * cacheRate), length);
  if (cacheRate === 1 && cacheNum !== undefined) return cacheNum;
  throw new PipelineError("VOXRX_LENGTH_UNKNOWN", "cacheRate needs the number of items, and a stream has none", {
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
