import type { Observable } from "rxjs";
import * as v from "valibot";
import { isPlainRecord } from "../../src/item/record.ts";
import type { Flat, KeyIn, KeyList, Keys, KeysOf, OneOrMore, RecordWith } from "../../src/item/record-types.ts";
import { fieldOf, keysOf } from "../../src/operator/fields.ts";
import { countSchema, keysSchema } from "../../src/options.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { Volume } from "../../src/volume/volume.ts";
import { itemOperator } from "../declare.ts";
import { withNewFields } from "./shared/with-new-fields.ts";

/** Options of {@link copyItems}. */
export interface CopyItemsOptions<K extends Keys = Keys, N extends Keys = Keys, Times extends number = number> {
  /** Names of the fields to copy. */
  readonly keys: K;
  /** Number of copies of each field, at most 1000. Default 1. */
  readonly times?: Times;
  /**
   * Names of the copies, `keys` times `times` of them: the first copy of every field, then the second of every field.
   * Default: the name of the field with `_0`, `_1`…
   */
  readonly names?: N;
}

/** The fields that `copyItems` adds to an item `T`. */
export type Copies<T, K extends Keys, N extends Keys, Times extends number> = [N] extends [never]
  ? { [F in KeyIn<K> as `${F}_${Below<Times>}`]: F extends keyof T ? T[F] : never }
  : Named<T, KeyList<K>, KeyList<N>>;

/** 0, 1… up to, but not including, `N`. */
type Below<N extends number, Counted extends readonly unknown[] = []> = number extends N
  ? number
  : Counted["length"] extends N | 100
    ? Counted[number]
    : Below<N, readonly [...Counted, Counted["length"]]>;

/** Types of copies with given names. For a second copy only this is known: it is a copy of one of the fields. */
type Named<T, K extends readonly string[], N extends readonly string[]> = {
  [I in keyof N & `${number}` as N[I] & string]: T[(I extends keyof K ? K[I] : K[number]) & keyof T];
};

/** The factory of {@link copyItems}: in a pipe the keys are checked against the items. */
export type CopyItems = <
  T = unknown,
  const K extends OneOrMore<KeysOf<T>> = never,
  const N extends Keys = never,
  const Times extends number = 1,
>(
  options: CopyItemsOptions<K, N, Times>,
) => unknown extends T
  ? <U extends RecordWith<KeyIn<K>>>(source: Observable<U>) => Piped<Flat<U & Copies<U, K, N, Times>>, true>
  : Operator<T, Flat<T & Copies<T, K, N, Times>>, true>;

/**
 * Adds copies of fields under new names. The copy of a volume shares its samples until one of the two is written to.
 * Typed arrays, lists and plain records are copied deeply; any other value is shared. Deterministic (MONAI:
 * `CopyItemsd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_WRONG_FIELD` when the name of a copy is taken
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { copyItems } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * const pairs = scans.pipe(copyItems({ keys: "image", names: "original" }));
 * for await (const { image, original } of pairs) console.log(image.shape, original.shape);
 * ```
 */
export const copyItems = itemOperator<CopyItemsOptions, CopyItems>()({
  name: "copyItems",
  version: 1,
  retains: false,
  options: {
    keys: keysSchema,
    times: v.optional(v.pipe(countSchema, v.maxValue(1000)), 1),
    names: v.optional(keysSchema),
  },
  rules: [
    {
      test: ({ keys, times, names }) => names === undefined || [names].flat().length === [keys].flat().length * times,
      fault: "names must have one name for each of keys, times `times`",
    },
  ],
  apply: (item: unknown, { keys, times, names }) => {
    const fields = keysOf({ keys }) ?? [];
    const values = fields.map((key) => fieldOf(item, key));
    const numbered = Array.from({ length: times }, (_, n) => fields.map((key) => `${key}_${n}`)).flat();
    const copies = (keysOf({ keys: names }) ?? numbered).map(
      (name, n) => [name, copyOf(values[n % fields.length])] as const,
    );
    return withNewFields(Object(item), copies);
  },
});

/** A copy that can be changed without changing `value`. */
function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Volume) return value.share();
  if (ArrayBuffer.isView(value) || value instanceof Date) return structuredClone(value);
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isPlainRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copyOf(inner)]));
}
