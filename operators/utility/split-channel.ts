import type { Observable } from "rxjs";
import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import type { Flat, KeysWith, OneOrMore, RecordWith } from "../../src/item/record-types.ts";
import { keysOf, volumeOf } from "../../src/operator/fields.ts";
import { keysSchema, nonEmptySchema } from "../../src/options.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { itemOperator } from "../declare.ts";
import { withNewFields } from "./shared/with-new-fields.ts";

/** Options of {@link splitChannel}. */
export interface SplitChannelOptions<K extends string = string, P extends string = string, N extends string = string> {
  /** Names of the fields that hold the images. */
  readonly keys: OneOrMore<K>;
  /** Suffix of the field for each channel, after the field's name and `_`. Default `0`, `1`… */
  readonly outputPostfixes?: readonly P[];
  /** Full names of the new fields instead, one for each channel; only for one field. */
  readonly names?: readonly N[];
}

/**
 * The type of an item `T` after `splitChannel`: a field for each channel, with its full name, or `image_0`, or with a
 * given postfix.
 */
export type Split<T, K extends string, P extends string, N extends string> = Flat<
  T & Record<[N] extends [never] ? ([P] extends [never] ? `${K}_${number}` : `${K}_${P}`) : N, Volume>
>;

/** The factory of {@link splitChannel}: in a pipe the keys are checked against the items. */
export type SplitChannel = <
  T = unknown,
  const K extends KeysWith<T, Volume> = never,
  const P extends string = never,
  const N extends string = never,
>(
  options: SplitChannelOptions<K, P, N>,
) => unknown extends T
  ? <U extends RecordWith<K, Volume>>(source: Observable<U>) => Piped<Split<U, K, P, N>, true>
  : Operator<T, Split<T, K, P, N>, true>;

const wordsSchema = v.pipe(
  v.array(nonEmptySchema),
  v.minLength(1),
  v.check((words) => new Set(words).size === words.length, "expected a different name for each channel"),
);

/**
 * Adds a field for every channel of an image: `image` of `[2, x, y, z]` yields `image_0` and `image_1` of
 * `[1, x, y, z]`. Views, with the affine and element type of the image; the field itself stays. Deterministic (MONAI:
 * `SplitDimd` along channels).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_WRONG_FIELD` for a field that does not hold a volume, or a name
 * that is taken; `VOXRX_SHAPE_MISMATCH` when the number of channels and of names differ
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { splitChannel } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * const parts = scans.pipe(splitChannel({ keys: "image", outputPostfixes: ["t1", "t2"] }));
 * for await (const { image_t1, image_t2 } of parts) console.log(image_t1.shape, image_t2.shape);
 * ```
 */
export const splitChannel = itemOperator<SplitChannelOptions, SplitChannel>()({
  name: "splitChannel",
  version: 1,
  retains: false,
  options: { keys: keysSchema, outputPostfixes: v.optional(wordsSchema), names: v.optional(wordsSchema) },
  rules: [
    {
      test: ({ outputPostfixes, names }) => !(outputPostfixes && names),
      fault: "give outputPostfixes or names, not both",
    },
    {
      test: ({ keys, names }) => !names || [keys].flat().length === 1,
      fault: "names works for one field only; for several give outputPostfixes",
    },
  ],
  apply: (item: unknown, { keys, outputPostfixes, names }) => {
    const expected = (names ?? outputPostfixes)?.length;
    const added = (keysOf({ keys }) ?? []).flatMap((key) => {
      const volume = volumeOf(item, key);
      const { channels } = volume;
      if (expected !== undefined && expected !== channels) throw wrongCount(key, channels, expected);
      const nameOf = (channel: number) => names?.[channel] ?? `${key}_${outputPostfixes?.[channel] ?? channel}`;
      return Array.from({ length: channels }, (_, n) => [nameOf(n), volume.selectChannels(n, n + 1)] as const);
    });
    return withNewFields(Object(item), added);
  },
});

function wrongCount(key: string, channels: number, expected: number): PipelineError {
  const fault = `expected ${expected} channels, one for each name, but field "${key}" has ${channels}`;
  return new PipelineError("VOXRX_SHAPE_MISMATCH", fault, {
    remedy: "Give one name for each channel, or leave the names out.",
  });
}
