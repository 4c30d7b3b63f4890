import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { keysOf, volumeOf } from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { PipelineError } from "../../src/errors.ts";
import { checkOptions, keysSchema } from "../../src/options.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { withNewFields } from "./new-fields.ts";
import type { Flat } from "./record-types.ts";

/** Options of {@link splitChannel}. */
export interface SplitChannelOptions<K extends string, P extends string = never> {
  /** Names of the fields that hold the images. */
  readonly keys: K | readonly K[];
  /** What is put behind a field's name and `_` for each channel. Default `0`, `1`… */
  readonly outputPostfixes?: readonly P[];
}

/** {@link SplitChannelOptions} with whole names, for one field. */
export interface SplitChannelNames<K extends string, N extends string> {
  /** Name of the field that holds the image. */
  readonly keys: K | readonly [K];
  /** Names of the new fields, one for each channel. */
  readonly names: readonly N[];
}

/** An item `T` with a field for each channel: `image_0`, or what postfixes say. */
export type Split<T, K extends string, P extends string> = Flat<
  T & Record<[P] extends [never] ? `${K}_${number}` : `${K}_${P}`, Volume>
>;

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
export function splitChannel<
  const K extends string,
  const N extends string,
  T extends Readonly<Record<K, Volume>> = Readonly<Record<K, Volume>>,
>(options: SplitChannelNames<K, N>): IndexedOperator<T, Flat<T & Record<N, Volume>>>;
export function splitChannel<
  const K extends string,
  const P extends string = never,
  T extends Readonly<Record<K, Volume>> = Readonly<Record<K, Volume>>,
>(options: SplitChannelOptions<K, P>): IndexedOperator<T, Split<T, K, P>>;
export function splitChannel(
  options: SplitChannelOptions<string, string> | SplitChannelNames<string, string>,
): IndexedOperator<never, unknown> {
  const checked = checkOptions("splitChannel", schema, options);
  const { outputPostfixes, names } = checked;
  const keys = keysOf(checked) ?? [];
  const nameOf = (key: string, channel: number) =>
    names?.[channel] ?? `${key}_${outputPostfixes?.[channel] ?? channel}`;
  const expected = (names ?? outputPostfixes)?.length;
  return transformOperator<unknown, unknown, IndexedOperator<never, unknown>>({
    name: "splitChannel",
    version: 1,
    options: { keys, outputPostfixes, names },
    apply: (item) => {
      const added = keys.flatMap((key) => {
        const volume = volumeOf(item, key);
        const { channels } = volume;
        if (expected !== undefined && expected !== channels) throw wrongCount(key, channels, expected);
        return Array.from({ length: channels }, (_, n) => [nameOf(key, n), volume.selectChannels(n, n + 1)] as const);
      });
      return withNewFields(Object(item), added);
    },
  });
}

const wordsSchema = z
  .array(z.string().min(1))
  .min(1)
  .refine((words) => new Set(words).size === words.length, "a name is given twice");
const schema = z
  .strictObject({ keys: keysSchema, outputPostfixes: wordsSchema.optional(), names: wordsSchema.optional() })
  .refine(({ outputPostfixes, names }) => !(outputPostfixes && names), "give outputPostfixes or names, not both")
  .refine(({ keys, names }) => !names || typeof keys === "string" || keys.length === 1, {
    path: ["names"],
    message: "names serve one field; for several give outputPostfixes",
  });

function wrongCount(key: string, channels: number, expected: number): PipelineError {
  const fault = `field "${key}" has ${channels} channels for ${expected} names`;
  return new PipelineError("VOXRX_SHAPE_MISMATCH", fault, { remedy: "Give one name for each channel, or none." });
}
