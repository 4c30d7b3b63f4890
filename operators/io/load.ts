import { resolve } from "node:path";
import { z } from "zod";
import { type Bytes, parseBytes } from "../../src/bytes.ts";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { fieldOf, keysOf } from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import type { ItemContext } from "../../src/dataset/transform.ts";
import { PipelineError } from "../../src/errors.ts";
import type { FileIdentity } from "../../src/fingerprint/file.ts";
import { readAddress } from "../../src/format/address.ts";
import { readVolume } from "../../src/format/format.ts";
import { checkOptions, countSchema, keysSchema, perField, valueFor } from "../../src/options.ts";
import { headersSchema } from "../../src/transfer/headers.ts";
import { isUrl } from "../../src/transfer/open-source.ts";
import { type Dtype, dtypes } from "../../src/volume/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link load}. */
export interface LoadOptions {
  /**
   * Type of the samples, one for all fields or one for each; the last one serves the rest. Default `"auto"`: integers stay what
   * they are, everything else becomes float32.
   */
  readonly dtype?: Dtype | "auto" | readonly (Dtype | "auto")[];
  /** Items whose files are read at once. Default 1. */
  readonly concurrency?: number;
  /** Folder that relative paths start from. Default: the process's working folder. */
  readonly baseDir?: string;
  /** Headers for servers that addresses name (an authorization). They go to no other origin and into no message. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes that a file at an address may have; it is held in memory while it is read. Default `"2GiB"`. */
  readonly maxBytes?: Bytes;
}

/** {@link LoadOptions} with the fields. */
export interface LoadFieldOptions<K extends string> extends LoadOptions {
  /** Names of the fields that hold paths. Leave out for a dataset of bare paths. */
  readonly keys?: K | readonly K[];
}

/** Items that `load` takes: records with paths in the fields `K`; bare paths if no field was named. */
export type PathItem<K extends string> = [K] extends [never] ? string : Readonly<Record<K, string>>;

/** What `load` makes of an item `T`: the fields `K` hold volumes, the others what they did; of a bare path a volume. */
export type Loaded<T, K extends string> = [K] extends [never]
  ? Volume
  : { [F in keyof T]: F extends K ? Volume : T[F] };

/**
 * Reads the images that fields (or bare items) name: a path becomes a {@link Volume} `[channels, x, y, z]`, or `[channels, x, y]` for
 * a 2D file, with its affine, as {@link readVolume} reads it. Deterministic; the result depends on the files, so a cache notices when
 * one changes. A path may be a web address (`https://…`): the image is read from there and nothing stays on disk; whether it changed is told by
 * its ETag, Last-Modified and length. Matches MONAI's `LoadImaged` with `ensure_channel_first`, but keeps integer types unless `dtype` says otherwise.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` for a field that holds no path
 * @throws FormatError as {@link readVolume}
 * @throws DownloadError as `download`, for addresses
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { load } from "voxrx/operators";
 * const pairs = Dataset.from([{ image: "ct.nii.gz", label: "organs.nii.gz", subject: "s01" }]);
 * const volumes = pairs.pipe(load(["image", "label"], { dtype: ["float32", "auto"] }));
 * for await (const { image, label, subject } of volumes) console.log(subject, image.shape, label.dtype);
 * ```
 */
export function load(): IndexedOperator<string, Volume>;
export function load<const K extends string, T extends PathItem<K> = PathItem<K>>(
  keys: K | readonly K[],
  options?: LoadOptions,
): IndexedOperator<T, Loaded<T, K>>;
export function load<const K extends string = never, T extends PathItem<K> = PathItem<K>>(
  options: LoadFieldOptions<K>,
): IndexedOperator<T, Loaded<T, K>>;
export function load(
  first: string | readonly string[] | LoadFieldOptions<string> = {},
  rest: LoadOptions = {},
): IndexedOperator<never, unknown> {
  const given = typeof first === "string" || isList(first) ? { ...rest, keys: first } : first;
  const checked = checkOptions("load", loadSchema, given);
  const { keys, dtype, concurrency, baseDir, headers } = checked;
  const maxBytes = parseBytes(checked.maxBytes, "maxBytes", "load");
  const fields = keysOf({ ...(keys === undefined ? {} : { keys }) });
  const read = (path: unknown, field: number, context: ItemContext) => {
    const file = pathOf(path, fields?.[field], baseDir);
    const { signal } = context;
    const onFile = (identity: FileIdentity) => context.dependsOn(identity);
    const options = { dtype: valueFor(dtype, field), signal, onFile };
    return isUrl(file) ? readAddress(file, { ...options, headers, maxBytes }) : readVolume(file, options);
  };
  return transformOperator<unknown, unknown, IndexedOperator<never, unknown>>({
    name: "load",
    version: 1,
    options: { keys: fields, dtype, baseDir },
    concurrency,
    async apply(item, context) {
      if (!fields) return read(item, 0, context);
      const loaded: [string, Volume][] = [];
      const paths = fields.map((key) => fieldOf(item, key));
      for (const [field, key] of fields.entries()) loaded.push([key, await read(paths[field], field, context)]);
      return Object.assign({}, item, Object.fromEntries(loaded));
    },
  });
}

const loadSchema = z.strictObject({
  keys: keysSchema.optional(),
  dtype: perField(z.enum(["auto", ...dtypes])).default("auto"),
  concurrency: countSchema.default(1),
  baseDir: z.string().min(1).optional(),
  headers: headersSchema.default({}),
  maxBytes: z.union([z.number(), z.string()]).default("2GiB"),
});

function pathOf(value: unknown, key: string | undefined, baseDir: string | undefined): string {
  if (typeof value === "string" && value !== "") {
    return baseDir === undefined || isUrl(value) ? value : resolve(baseDir, value);
  }
  const where = key === undefined ? "the item" : `field "${key}"`;
  const what = value === "" ? "an empty text" : value === null ? "null" : typeof value;
  throw new PipelineError("VOXRX_WRONG_FIELD", `${where} is ${what}, not the path of an image`, {
    remedy:
      key === undefined ? 'Name the fields that hold paths: load(["image"]).' : "Name the fields that hold paths.",
  });
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}
