import type { Observable } from "rxjs";
import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { formatsIdentity } from "../../src/format/format-registry.ts";
import { decodeImage } from "../../src/format/read-volume.ts";
import { isRecord } from "../../src/item/record.ts";
import type { KeysWith, OneOrMore, RecordWith } from "../../src/item/record-types.ts";
import type { BareKeys } from "../../src/operator/field-types.ts";
import { type FieldOptions, fieldOf, keysOf, kindOf, onFields } from "../../src/operator/fields.ts";
import { countSchema, fieldShape, nonEmptySchema, perField, valueFor } from "../../src/options.ts";
import { resultMemoryOf } from "../../src/plan/item-context.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { type Dtype, dtypes } from "../../src/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { itemOperator } from "../declare.ts";

/** Options of {@link decode}, besides the fields. */
export interface DecodeImageOptions<M extends boolean = boolean> {
  /**
   * Field that holds the name of the image, with its extension. Default: `name` if one field is decoded and the item
   * has a string there, else the name of the decoded field (`"image.nii.gz"`).
   */
  readonly nameKey?: string;
  /**
   * Type of the samples, one for all fields or one for each; the last one also applies to the fields after it. Default
   * `"auto"`, as in `load`.
   */
  readonly dtype?: Dtype | "auto" | readonly (Dtype | "auto")[];
  /** Items decoded at once. Default 1. */
  readonly concurrency?: number;
  /** Whether an item that lacks one of the fields passes with that field left out. Default false: it is an error. */
  readonly allowMissingKeys?: M;
}

/** {@link DecodeImageOptions} with the fields. */
export interface DecodeFieldOptions<K extends string, M extends boolean = boolean> extends DecodeImageOptions<M> {
  /** Names of the fields that hold bytes. Leave out to turn items `{ name, bytes }` into volumes. */
  readonly keys?: OneOrMore<K>;
}

/** The items that `decode` accepts when no field is named. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The type of an item `T` after `decode`: the fields `K` hold volumes, the others stay the same; an item
 * `{ name, bytes }` becomes a volume.
 */
export type Decoded<T, K extends string> = [K] extends [never]
  ? Volume
  : { [F in keyof T]: F extends K ? Volume | Extract<T[F], undefined> : T[F] };

/** The factory of {@link decode}: in a pipe the keys are checked against the items, and must name fields with bytes. */
export type Decode = <T = unknown, const K extends KeysWith<T, Uint8Array> = never, M extends boolean = false>(
  keys?: BareKeys<K> | DecodeFieldOptions<K, M>,
  options?: DecodeImageOptions<M>,
) => [K] extends [never]
  ? Operator<NamedBytes, Volume, true>
  : unknown extends T
    ? <U extends RecordWith<K, Uint8Array, M>>(source: Observable<U>) => Piped<Decoded<U, K>, true>
    : Operator<T, Decoded<T, K>, true>;

/**
 * Decodes image files in memory, such as those of `tarEntries` and `readShards`: bytes become a `Volume`
 * `[channels, x, y, z]` with its affine, as `load` reads it from paths. Deterministic; after another format is
 * registered, cached results are computed again.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` for a field that does not hold bytes
 * @throws FormatError as `decodeVolume`
 * @example
 * ```ts
 * import { readShards, tarEntries } from "voxrx/datasets";
 * import { decode } from "voxrx/operators";
 * const volumes = tarEntries("scans.tar").pipe(decode());
 * const samples = readShards<{ ct: Uint8Array }>("ct-{000..009}.tar", { decode: false }).pipe(decode("ct"));
 * ```
 */
export const decode = itemOperator<DecodeImageOptions & FieldOptions, Decode>()({
  name: "decode",
  version: 1,
  retains: false,
  bare: "keys",
  options: {
    ...fieldShape,
    nameKey: v.optional(nonEmptySchema),
    dtype: v.optional(perField(v.picklist(["auto", ...dtypes]), { repeatsLast: true }), "auto"),
    concurrency: v.optional(countSchema, 1),
  },
  identity: ({ concurrency: _, ...options }) => options,
  surroundings: formatsIdentity,
  concurrency: ({ concurrency }) => concurrency,
  apply(item: unknown, options, context) {
    const { nameKey, dtype } = options;
    const memory = resultMemoryOf(context);
    const keys = keysOf(options);
    const read = (bytes: unknown, key: string, field: number) => {
      const name = nameOf(item, nameKey, keys === undefined || keys.length === 1) ?? key;
      return decodeImage(bytesIn(bytes, key), { name, dtype: valueFor(dtype, field), signal: context.signal, memory });
    };
    if (!keys) return read(fieldOf(item, "bytes"), "bytes", 0);
    return onFields(item, options, (bytes, key = "", field) => read(bytes, key, field));
  },
});

function bytesIn(value: unknown, key: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new PipelineError("VOXRX_WRONG_FIELD", `field "${key}" is ${kindOf(value)}, not the bytes of an image`, {
    remedy: typeof value === "string" ? "Use load() to read paths." : "Name the fields that hold bytes.",
  });
}

function nameOf(item: unknown, nameKey: string | undefined, isOnlyField: boolean): string | undefined {
  if (nameKey === undefined) {
    return isOnlyField && isRecord(item) && typeof item.name === "string" ? item.name : undefined;
  }
  const name = fieldOf(item, nameKey);
  if (typeof name === "string") return name;
  throw new PipelineError("VOXRX_WRONG_FIELD", `field "${nameKey}" is ${typeof name}, not the name of an image`, {
    remedy: "Set nameKey to a field that holds a string.",
  });
}
