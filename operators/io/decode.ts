import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { fieldOf, keysOf } from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import type { ItemContext } from "../../src/dataset/transform.ts";
import { PipelineError } from "../../src/errors.ts";
import { decodeVolume } from "../../src/format/format.ts";
import { checkOptions, countSchema, keysSchema, perField, valueFor } from "../../src/options.ts";
import { type Dtype, dtypes } from "../../src/volume/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link decode}. */
export interface DecodeImageOptions {
  /**
   * Field that holds the name of the image, with its ending. Default: `name` where one field is decoded and the item has a text there, else the
   * decoded field's own name (`"image.nii.gz"`).
   */
  readonly nameKey?: string;
  /** Type of the samples, one for all fields or one for each; the last one serves the rest. Default `"auto"`, as in `load`. */
  readonly dtype?: Dtype | "auto" | readonly (Dtype | "auto")[];
  /** Items decoded at once. Default 1. */
  readonly concurrency?: number;
}

/** {@link DecodeImageOptions} with the fields. */
export interface DecodeFieldOptions<K extends string> extends DecodeImageOptions {
  /** Names of the fields that hold bytes. Leave out to make volumes of items `{ name, bytes }`. */
  readonly keys?: K | readonly K[];
}

/** Items that `decode` takes: records with bytes in the fields `K`; `{ name, bytes }` if no field was named. */
export type BytesItem<K extends string> = [K] extends [never]
  ? { readonly name: string; readonly bytes: Uint8Array }
  : Readonly<Record<K, Uint8Array>>;

/** What `decode` makes of an item `T`: the fields `K` hold volumes, the others what they did; of `{ name, bytes }` a volume. */
export type Decoded<T, K extends string> = [K] extends [never]
  ? Volume
  : { [F in keyof T]: F extends K ? Volume : T[F] };

/**
 * Makes volumes of image files that lie in memory, such as those of `tarEntries` and `readShards`: bytes become a `Volume`
 * `[channels, x, y, z]` with its affine, as `load` makes them of paths. Deterministic.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` for a field that holds no bytes
 * @throws FormatError as `decodeVolume`
 * @example
 * ```ts
 * import { readShards, tarEntries } from "voxrx/datasets";
 * import { decode } from "voxrx/operators";
 * const volumes = tarEntries("scans.tar").pipe(decode());
 * const samples = readShards<{ ct: Uint8Array }>("ct-{000..009}.tar", { decode: false }).pipe(decode("ct"));
 * ```
 */
export function decode(): IndexedOperator<BytesItem<never>, Volume>;
export function decode<const K extends string, T extends BytesItem<K> = BytesItem<K>>(
  keys: K | readonly K[],
  options?: DecodeImageOptions,
): IndexedOperator<T, Decoded<T, K>>;
export function decode<const K extends string = never, T extends BytesItem<K> = BytesItem<K>>(
  options: DecodeFieldOptions<K>,
): IndexedOperator<T, Decoded<T, K>>;
export function decode(
  first: string | readonly string[] | DecodeFieldOptions<string> = {},
  rest: DecodeImageOptions = {},
): IndexedOperator<never, unknown> {
  const given = typeof first === "string" || isList(first) ? { ...rest, keys: first } : first;
  const { keys, nameKey, dtype, concurrency } = checkOptions("decode", schema, given);
  const fields = keysOf({ ...(keys === undefined ? {} : { keys }) });
  const read = (item: unknown, key: string, field: number, { signal }: ItemContext) => {
    const bytes = bytesIn(item, key);
    const name = nameOf(item, nameKey, fields === undefined || fields.length === 1) ?? key;
    return decodeVolume(bytes, { name, dtype: valueFor(dtype, field), signal });
  };
  return transformOperator<unknown, unknown, IndexedOperator<never, unknown>>({
    name: "decode",
    version: 1,
    options: { keys: fields, nameKey, dtype },
    concurrency,
    async apply(item, context) {
      if (!fields) return read(item, "bytes", 0, context);
      const decoded: [string, Volume][] = [];
      for (const [field, key] of fields.entries()) decoded.push([key, await read(item, key, field, context)]);
      return Object.assign({}, item, Object.fromEntries(decoded));
    },
  });
}

const schema = z.strictObject({
  keys: keysSchema.optional(),
  nameKey: z.string().min(1).optional(),
  dtype: perField(z.enum(["auto", ...dtypes])).default("auto"),
  concurrency: countSchema.default(1),
});

function bytesIn(item: unknown, key: string): Uint8Array {
  const value = fieldOf(item, key);
  if (value instanceof Uint8Array) return value;
  throw new PipelineError("VOXRX_WRONG_FIELD", `field "${key}" is ${typeof value}, not the bytes of an image`, {
    remedy: typeof value === "string" ? "Paths are read by load()." : "Name the fields that hold bytes.",
  });
}

function nameOf(item: unknown, nameKey: string | undefined, isAlone: boolean): string | undefined {
  const isPresent = typeof item === "object" && item !== null && "name" in item;
  if (nameKey === undefined) return isAlone && isPresent && typeof item.name === "string" ? item.name : undefined;
  const name = fieldOf(item, nameKey);
  if (typeof name === "string") return name;
  throw new PipelineError("VOXRX_WRONG_FIELD", `field "${nameKey}" is ${typeof name}, not the name of an image`, {
    remedy: "Name the field that holds the name with nameKey.",
  });
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}
