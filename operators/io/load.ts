import { resolve } from "node:path";
import type { Observable } from "rxjs";
import { z } from "zod";
import { type Bytes, parseBytes } from "../../src/bytes.ts";
import { PipelineError } from "../../src/errors.ts";
import { formatsIdentity, readVolume } from "../../src/format/format.ts";
import { isUrl } from "../../src/http/read-source.ts";
import { readAddress } from "../../src/http/read-url.ts";
import { headersSchema } from "../../src/http/request-headers.ts";
import type { BareKeys, FieldsOf, KeysWith, RecordWith } from "../../src/operator/field-types.ts";
import { type FieldOptions, onFields } from "../../src/operator/fields.ts";
import { itemOperator } from "../../src/operator/item-operator.ts";
import type { Operator, Piped } from "../../src/operator/operator-types.ts";
import { bytesSchema, countSchema, fieldShape, perField, valueFor } from "../../src/options.ts";
import { type Dtype, dtypes } from "../../src/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link load}, besides the fields. */
export interface LoadOptions {
  /**
   * Type of the samples, one for all fields or one for each; the last one serves the rest. Default `"auto"`: integers stay what
   * they are, everything else becomes float32.
   */
  readonly dtype?: Dtype | "auto" | readonly (Dtype | "auto")[];
  /** Items whose files are read at once. Default 1. */
  readonly concurrency?: number;
  /** Directory that relative paths start from. Default: the process's working directory. */
  readonly baseDir?: string;
  /** Headers for servers that URLs name (an authorization). They go to no other origin and into no message. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes that a file at a URL may have; it is held in memory while it is read. Default `"2GiB"`. */
  readonly maxBytes?: Bytes;
}

/**
 * What `load` makes of an item `T`: the fields `K` hold volumes, optional ones stay optional, the others hold what they did; of a bare
 * path a volume.
 */
export type Loaded<T, K extends string> = [K] extends [never]
  ? Volume
  : { [F in keyof T]: F extends K ? Volume | Extract<T[F], undefined> : T[F] };

/** Arguments of {@link load} for items `T`: the fields bare or among the options; none for bare paths. */
export type LoadArguments<T, K extends string, M extends boolean> = unknown extends T
  ? readonly [keys?: LoadFields<T, K, M>, options?: LoadOptions & AllowMissing<M>]
  : [T] extends [string]
    ? readonly [options?: LoadOptions]
    : readonly [keys: LoadFields<T, K, M>, options?: LoadOptions & AllowMissing<M>];

type LoadFields<T, K extends string, M extends boolean> = BareKeys<K> | (LoadOptions & FieldsOf<T, K, string, M>);
type AllowMissing<M extends boolean> = Pick<FieldsOf<unknown, string, string, M>, "allowMissingKeys">;

/** The factory of {@link load}: in a pipe the keys are checked against the items, and must name fields with strings. */
export type Load = <T = unknown, const K extends KeysWith<T, string> = never, M extends boolean = false>(
  ...options: LoadArguments<T, K, M>
) => unknown extends T
  ? [K] extends [never]
    ? Operator<string, Volume, true>
    : <U extends RecordWith<K, string, M>>(source: Observable<U>) => Piped<Loaded<U, K>, true>
  : Operator<T, Loaded<T, K>, true>;

/**
 * Reads the images that fields (or bare items) name: a path becomes a {@link Volume} `[channels, x, y, z]`, or `[channels, x, y]` for
 * a 2D file, with its affine, as {@link readVolume} reads it. Deterministic; the result depends on the files, so a cache notices when
 * one changes, and when another format is registered. A path may be a URL (`https://…`): the image is read from there and nothing stays
 * on disk; whether it changed is told by its ETag, Last-Modified and length.
 *
 * Fields are named bare or with `keys`; `allowMissingKeys: true` lets items pass that lack one of them, or hold undefined in it. Matches
 * MONAI's `LoadImaged` with `ensure_channel_first`, but keeps integer types unless `dtype` says otherwise.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` for a field that does not hold a path
 * @throws FormatError as {@link readVolume}
 * @throws DownloadError as `download`, for URLs
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { load } from "voxrx/operators";
 * const pairs = Dataset.from([{ image: "ct.nii.gz", label: "organs.nii.gz", subject: "s01" }]);
 * const volumes = pairs.pipe(load(["image", "label"], { dtype: ["float32", "auto"] }));
 * for await (const { image, label, subject } of volumes) console.log(subject, image.shape, label.dtype);
 * ```
 */
export const load = itemOperator<LoadOptions & FieldOptions, Load>()({
  name: "load",
  version: 1,
  bare: "keys",
  options: {
    ...fieldShape,
    dtype: perField(z.enum(["auto", ...dtypes])).default("auto"),
    concurrency: countSchema.default(1),
    baseDir: z.string().min(1).optional(),
    headers: headersSchema.default({}),
    maxBytes: bytesSchema.default("2GiB"),
  },
  // How a file is fetched is not part of what it is.
  identity: ({ keys, allowMissingKeys, dtype, baseDir }) => ({ keys, allowMissingKeys, dtype, baseDir }),
  surroundings: formatsIdentity,
  concurrency: ({ concurrency }) => concurrency,
  apply: (item: unknown, options, context) =>
    onFields(item, options, (value, key, field) => {
      const { headers, baseDir } = options;
      const { signal } = context;
      const path = pathOf(value, key, baseDir);
      const onFile: typeof context.dependsOn = (file) => context.dependsOn(file);
      const reading = { dtype: valueFor(options.dtype, field), signal, onFile };
      if (!isUrl(path)) return readVolume(path, reading);
      return readAddress(path, { ...reading, headers, maxBytes: parseBytes(options.maxBytes, "maxBytes", "load") });
    }),
});

function pathOf(value: unknown, key: string | undefined, baseDir: string | undefined): string {
  if (typeof value === "string" && value !== "") {
    return baseDir === undefined || isUrl(value) ? value : resolve(baseDir, value);
  }
  const where = key === undefined ? "the item" : `field "${key}"`;
  const what = value === "" ? "an empty string" : value === null ? "null" : typeof value;
  throw new PipelineError("VOXRX_WRONG_FIELD", `${where} is ${what}, not the path of an image`, {
    remedy:
      key === undefined ? 'Name the fields that hold paths: load(["image"]).' : "Name the fields that hold paths.",
  });
}
