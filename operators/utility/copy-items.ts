import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { fieldOf, keysOf } from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { checkOptions, countSchema, keysSchema } from "../../src/options.ts";
import { Volume } from "../../src/volume/volume.ts";
import { withNewFields } from "./new-fields.ts";
import type { Flat, KeyIn, KeyList, Keys, WithKeys } from "./record-types.ts";

/** Options of {@link copyItems}. */
export interface CopyItemsOptions<K extends Keys, N extends Keys, Times extends number> {
  /** Names of the fields to copy. */
  readonly keys: K;
  /** Copies of each field, at most 1000. Default 1. */
  readonly times?: Times;
  /**
   * Names of the copies, as many as `keys` times `times`: the first copy of every field, then the second of every field. Default:
   * the field's name with `_0`, `_1`…
   */
  readonly names?: N;
}

/** What `copyItems` adds to an item `T`. */
export type Copies<T, K extends Keys, N extends Keys, Times extends number> = [N] extends [never]
  ? { [F in KeyIn<K> as `${F}_${Below<Times>}`]: F extends keyof T ? T[F] : never }
  : Named<T, KeyList<K>, KeyList<N>>;

/** 0, 1… up to, but not including, `N`. */
type Below<N extends number, Counted extends readonly unknown[] = []> = number extends N
  ? number
  : Counted["length"] extends N | 100
    ? Counted[number]
    : Below<N, readonly [...Counted, Counted["length"]]>;

/** Of a second copy under a name of its own only this is known: it is one of the fields. */
type Named<T, K extends readonly string[], N extends readonly string[]> = {
  [I in keyof N & `${number}` as N[I] & string]: T[(I extends keyof K ? K[I] : K[number]) & keyof T];
};

/**
 * Adds copies of fields under new names. A volume's copy shares its samples until one of the two is written to; typed arrays,
 * lists and plain records are copied deeply, all else is the same value twice. Deterministic (MONAI: `CopyItemsd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_WRONG_FIELD` when a copy's name is taken
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { copyItems } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * const pairs = scans.pipe(copyItems({ keys: "image", names: "original" }));
 * for await (const { image, original } of pairs) console.log(image.shape, original.shape);
 * ```
 */
export function copyItems<
  const K extends Keys,
  const N extends Keys = never,
  const Times extends number = 1,
  T extends WithKeys<KeyIn<K>> = WithKeys<KeyIn<K>>,
>(options: CopyItemsOptions<K, N, Times>): IndexedOperator<T, Flat<T & Copies<T, K, N, Times>>>;
export function copyItems(options: CopyItemsOptions<Keys, Keys, number>): IndexedOperator<never, unknown> {
  const checked = checkOptions("copyItems", schema, options);
  const keys = keysOf(checked) ?? [];
  const names = namesOf(keys, checked);
  return transformOperator<unknown, unknown, IndexedOperator<never, unknown>>({
    name: "copyItems",
    version: 1,
    options: { keys, names },
    apply: (item) => {
      const values = keys.map((key) => fieldOf(item, key));
      const copies = names.map((name, n) => [name, copyOf(values[n % keys.length])] as const);
      return withNewFields(Object(item), copies);
    },
  });
}

const schema = z
  .strictObject({ keys: keysSchema, times: countSchema.max(1000).default(1), names: keysSchema.optional() })
  .superRefine(({ keys, times, names }, context) => {
    const [have, need] = [countOf(names), countOf(keys) * times];
    if (names === undefined || have === need) return;
    context.addIssue({ code: "custom", path: ["names"], message: `${have} names for ${need} copies` });
  });

function countOf(keys: Keys | undefined): number {
  return typeof keys === "string" ? 1 : (keys?.length ?? 0);
}

function namesOf(keys: readonly string[], { names, times }: z.output<typeof schema>): readonly string[] {
  if (names !== undefined) return typeof names === "string" ? [names] : names;
  return Array.from({ length: times }, (_, n) => keys.map((key) => `${key}_${n}`)).flat();
}

/** A copy that can be changed without changing `value`. */
function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Volume) return value.share();
  if (ArrayBuffer.isView(value) || value instanceof Date) return structuredClone(value);
  if (Array.isArray(value)) return value.map(copyOf);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copyOf(inner)]));
}
