import type { Observable } from "rxjs";
import { z } from "zod";
import { PipelineError } from "../../src/errors.ts";
import type { KeysWith, OneOrMore, RecordWith } from "../../src/operator/field-types.ts";
import { keysOf, volumeOf } from "../../src/operator/fields.ts";
import { itemOperator } from "../../src/operator/item-operator.ts";
import type { Operator, Piped } from "../../src/operator/operator-types.ts";
import { keysSchema } from "../../src/options.ts";
import type { Volume } from "../../src/volume/volume.ts";
import type { Flat } from "./shared/record-types.ts";
import { withNewFields } from "./shared/with-new-fields.ts";

/** Options of {@link splitChannel}. */
export interface SplitChannelOptions<K extends string = string, P extends string = string, N extends string = string> {
  /** Names of the fields that hold the images. */
  readonly keys: OneOrMore<K>;
  /** What follows a field's name and `_` for each channel. Default `0`, `1`… */
  readonly outputPostfixes?: readonly P[];
  /** Whole names of the new fields instead, one for each channel; for one field only. */
  readonly names?: readonly N[];
}

/** What `splitChannel` makes of an item `T`: a field for each channel, named in full, or `image_0` or what postfixes say. */
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

const wordsSchema = z
  .array(z.string().min(1))
  .min(1)
  .refine((words) => new Set(words).size === words.length, "a name is given twice");

/**
 * Adds a field for every channel of an image: `image` of `[2, x, y, z]` gives `image_0` and `image_1` of `[1, x, y, z]`. Views, with
 * affine and element type; the field itself stays. Deterministic (MONAI: `SplitDimd` along channels).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_WRONG_FIELD` for a field that holds no volume, or a name that is taken;
 * `VOXRX_SHAPE_MISMATCH` when there are not as many channels as names
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
  options: { keys: keysSchema, outputPostfixes: wordsSchema.optional(), names: wordsSchema.optional() },
  rules: [
    {
      test: ({ outputPostfixes, names }) => !(outputPostfixes && names),
      fault: "give outputPostfixes or names, not both",
    },
    {
      test: ({ keys, names }) => !names || [keys].flat().length === 1,
      fault: "names serve one field; for several give outputPostfixes",
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
  const fault = `field "${key}" has ${channels} channels for ${expected} names`;
  return new PipelineError("VOXRX_SHAPE_MISMATCH", fault, { remedy: "Give one name for each channel, or none." });
}
