import { resolve } from "node:path";
import type { Observable } from "rxjs";
import * as v from "valibot";
import { type Bytes, parseBytes } from "../../src/bytes.ts";
import { PipelineError } from "../../src/errors.ts";
import { inflaterName } from "../../src/files/inflate.ts";
import { confinedTo, confinementRemedy, faultOfPath } from "../../src/format/confined-paths.ts";
import { formatsIdentity } from "../../src/format/format-registry.ts";
import { joinFiles } from "../../src/format/join-files.ts";
import { readUrl } from "../../src/format/read-url.ts";
import { readImage } from "../../src/format/read-volume.ts";
import { isUrl } from "../../src/http/read-source.ts";
import { headersSchema } from "../../src/http/request-headers.ts";
import type { KeysWith, RecordWith } from "../../src/item/record-types.ts";
import type { BareKeys, FieldsOf } from "../../src/operator/field-types.ts";
import { type FieldOptions, kindOf, onFields } from "../../src/operator/fields.ts";
import { bytesSchema, countSchema, fieldShape, nonEmptySchema, perField, valueFor } from "../../src/options.ts";
import { resultMemoryOf } from "../../src/plan/item-context.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { type Dtype, dtypes } from "../../src/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { itemOperator } from "../declare.ts";

/** A path or URL; or a list of them, whose images are the channels of one. */
export type ImagePath = string | readonly string[];

/** Options of {@link load}, besides the fields. */
export interface LoadOptions {
  /**
   * Type of the samples, one for all fields or one for each; the last one also applies to the fields after it. Default
   * `"auto"`: integers keep their type, everything else becomes float32.
   */
  readonly dtype?: Dtype | "auto" | readonly (Dtype | "auto")[];
  /** Items whose files are read at once. Default 1. */
  readonly concurrency?: number;
  /** Directory that relative paths start from. Default: the process's working directory. */
  readonly dir?: string;
  /**
   * Directory that all files must be inside of, after links are resolved: for paths from a list that you don't trust.
   * URLs are refused then. Default: none.
   */
  readonly root?: string;
  /**
   * HTTP headers for URLs, such as an authorization. They are not sent to another origin, and never part of a message.
   * Default: none.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Maximum bytes of a file at a URL, which is held in memory while it is read. Default `"2GiB"`. */
  readonly maxItemBytes?: Bytes;
}

/**
 * The type of an item `T` after `load`: the fields `K` hold volumes (optional ones stay optional), the others stay the
 * same; a bare path becomes a volume.
 */
export type Loaded<T, K extends string> = [K] extends [never]
  ? Volume
  : { [F in keyof T]: F extends K ? Volume | Extract<T[F], undefined> : T[F] };

/** Arguments of {@link load} for items `T`: the fields, bare or as an option; none for bare paths. */
export type LoadArguments<T, K extends string, M extends boolean> = unknown extends T
  ? readonly [keys?: LoadFields<T, K, M>, options?: LoadOptions & AllowMissing<M>]
  : [T] extends [ImagePath]
    ? readonly [options?: LoadOptions]
    : readonly [keys: LoadFields<T, K, M>, options?: LoadOptions & AllowMissing<M>];

type LoadFields<T, K extends string, M extends boolean> = BareKeys<K> | (LoadOptions & FieldsOf<T, K, ImagePath, M>);
type AllowMissing<M extends boolean> = Pick<FieldsOf<unknown, string, ImagePath, M>, "allowMissingKeys">;

/** The factory of {@link load}: in a pipe the keys are checked against the items, and must name fields with paths. */
export type Load = <T = unknown, const K extends KeysWith<T, ImagePath> = never, M extends boolean = false>(
  ...options: LoadArguments<T, K, M>
) => unknown extends T
  ? [K] extends [never]
    ? Operator<ImagePath, Volume, true>
    : <U extends RecordWith<K, ImagePath, M>>(source: Observable<U>) => Piped<Loaded<U, K>, true>
  : Operator<T, Loaded<T, K>, true>;

/**
 * Reads the images that fields (or bare items) name: a path becomes a {@link Volume} `[channels, x, y, z]`, or
 * `[channels, x, y]` for a 2D file, with its affine, as `readVolume` reads it. A path can be an HTTP URL: then
 * the image is read from there without a copy on disk, and its ETag, Last-Modified and length tell whether it changed.
 * Deterministic; the result depends on the files, so a cache notices when a file changes, and when another format is
 * registered.
 *
 * A list of paths is one image of several files: a volume with their channels in the order of the list, and the affine
 * of the first file. All must have one spatial shape and, to a hundredth of a voxel, one affine. The element type is the
 * narrowest that holds all values.
 *
 * Large compressed images are inflated with libdeflate where `koffi` and the system's library are installed, else with
 * zlib; `explain()` says which.
 *
 * Fields are given bare or as `keys`. With `allowMissingKeys: true`, items pass that lack one of the fields, or hold
 * undefined in it. Matches MONAI's `LoadImaged` with `ensure_channel_first`, but keeps integer types unless `dtype` is
 * given.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` for a field that does not hold a path,
 * `VOXRX_SHAPE_MISMATCH` for files of one image that do not fit together
 * @throws FormatError as `readVolume`
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
  retains: false,
  bare: "keys",
  options: {
    ...fieldShape,
    dtype: v.optional(perField(v.picklist(["auto", ...dtypes]), { repeatsLast: true }), "auto"),
    concurrency: v.optional(countSchema, 1),
    dir: v.optional(nonEmptySchema),
    root: v.optional(nonEmptySchema),
    headers: v.optional(headersSchema, {}),
    maxItemBytes: v.optional(bytesSchema, "2GiB"),
  },
  // How a file is transferred does not change its content.
  identity: ({ keys, allowMissingKeys, dtype, dir, root }) => ({ keys, allowMissingKeys, dtype, dir, root }),
  surroundings: formatsIdentity,
  concurrency: ({ concurrency }) => concurrency,
  notes: () => [`inflates with ${inflaterName()}`],
  apply: (item: unknown, options, context) =>
    onFields(item, options, async (value, key, field) => {
      const { headers, dir } = options;
      const { signal } = context;
      const onFile: typeof context.dependsOn = (file) => context.dependsOn(file);
      const noting = context.recordsFiles ? { onFile } : {};
      const dtype = valueFor(options.dtype, field);
      const request = { dtype, signal, memory: resultMemoryOf(context), ...noting };
      const maxBytes = parseBytes(options.maxItemBytes, "maxItemBytes", "load");
      const read = (path: string) =>
        isUrl(path) ? readUrl(path, { ...request, headers, maxBytes }) : readImage(path, request);
      if (options.root !== undefined) await refuseOutside(value, options.root, dir, key);
      return joinFiles(pathsOf(value, key, dir), read);
    }),
});

/** The paths of an image's files; of a list that is not one, the error names the element. */
function pathsOf(value: unknown, key: string | undefined, dir: string | undefined): string[] {
  const where = key === undefined ? "the item" : `field "${key}"`;
  if (!Array.isArray(value)) return [pathOf(value, where, key, dir)];
  if (value.length === 0) throw noPath(`${where} is an empty list`, key);
  return value.map((path: unknown, n) => pathOf(path, `element ${n} of ${where}`, key, dir));
}

function pathOf(value: unknown, where: string, key: string | undefined, dir: string | undefined): string {
  if (typeof value === "string" && value !== "") {
    return dir === undefined || isUrl(value) ? value : resolve(dir, value);
  }
  throw noPath(`${where} is ${value === "" ? "an empty string" : kindOf(value)}`, key);
}

async function refuseOutside(value: unknown, root: string, dir: string | undefined, key: string | undefined) {
  const limits = await confinedTo(root);
  for (const path of [value].flat()) {
    const fault = typeof path === "string" ? await faultOfPath(path, dir ?? process.cwd(), limits) : undefined;
    if (fault === undefined) continue;
    const where = `${key === undefined ? "the item" : `field "${key}"`}: ${JSON.stringify(path)}`;
    throw new PipelineError("VOXRX_WRONG_FIELD", `files must be inside of ${limits.root}, but ${where} ${fault}`, {
      remedy: confinementRemedy(limits),
    });
  }
}

function noPath(fault: string, key: string | undefined): PipelineError {
  return new PipelineError("VOXRX_WRONG_FIELD", `${fault}, not the path of an image or a list of paths`, {
    remedy:
      key === undefined ? 'Name the fields that hold paths: load(["image"]).' : "Name the fields that hold paths.",
  });
}
