import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as v from "valibot";
import { type ExtractLimits, extractArchive, limitsSchema } from "../src/archive/extract-archive.ts";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { whenFileFree } from "../src/files/when-file-free.ts";
import { confinedTo, faultOfText } from "../src/format/confined-paths.ts";
import { checksumsSchema, downloadFile, type TransferOptions, transferSchema } from "../src/http/download-file.ts";
import { parseUrl } from "../src/http/request.ts";
import { isRecord } from "../src/item/record.ts";
import { checkOptions, nonEmptySchema, objectSchema } from "../src/options.ts";
import { listFiles } from "./list-files.ts";

/** Published checksums of an archive. */
export interface PublishedChecksum {
  /** MD5, hexadecimal. */
  readonly md5?: string;
  /** SHA-256, hexadecimal. */
  readonly sha256?: string;
}

/** Options of all public datasets. */
export interface PublicDatasetOptions extends PublishedSource {
  /** Directory for the archive and the extracted files. */
  readonly root: string;
  /**
   * Whether to download the archive if it is missing. Default false: a missing archive is an error. Existing files need
   * no network.
   */
  readonly download?: boolean;
  /** Options of the download: retries, timeouts, headers. */
  readonly transfer?: TransferOptions;
  /** Limits on the extracted files. Default: set for the dataset, well above its known size. */
  readonly limits?: ExtractLimits;
}

/** Where to download from instead of the public URL. */
export interface PublishedSource {
  /** URL of a copy of the archive. Default: the public URL. */
  readonly mirror?: string;
  /** Checksum of the copy, if it isn't identical. Default: the published checksum. */
  readonly mirrorChecksum?: PublishedChecksum;
}

/** A value, or a function that computes it from the parameters of a dataset. */
export type OfParams<P, V> = V | ((params: P) => V);

/** Definition of a public dataset for {@link defineDataset}. */
export interface DatasetDefinition<P extends object, T> {
  /** Name in `explain()` and in errors. */
  readonly name: string;
  /** Public URL of the archive (tar, tar.gz or zip). */
  readonly resource: OfParams<P, string>;
  /** Its published checksum. */
  readonly checksum: OfParams<P, PublishedChecksum>;
  readonly layout: {
    /** Directory inside the root to extract the archive to. Default: the root itself. */
    readonly into?: OfParams<P, string>;
    /** Directory inside that one which then contains the files of the dataset. Default: the same. */
    readonly dir?: OfParams<P, string>;
  };
  /** Limits on the extracted files. Default: those of `extractArchive`. */
  readonly limits?: ExtractLimits;
  /** Lists the items. Called once; the result is kept. */
  readonly items: (found: FoundFiles<P>) => readonly T[] | PromiseLike<readonly T[]>;
  /** Stable id of an item, independent of the location of the root. Default: its position. */
  readonly id?: (item: T, index: number) => string;
}

/** Argument of {@link DatasetDefinition.items}. */
export interface FoundFiles<P> {
  /** Absolute path of the dataset's directory. */
  readonly dir: string;
  /** Paths of all files relative to it (with `/`), sorted by code points, without hidden files. */
  readonly files: readonly string[];
  readonly params: P;
  readonly signal: AbortSignal;
}

/**
 * Defines a public dataset. The returned factory takes the dataset's own parameters and {@link PublicDatasetOptions},
 * and returns an indexed dataset. The first run (or `ready()`) downloads the archive if requested, verifies and
 * extracts it, each step completely or not at all and only once, then lists the items.
 *
 * @throws in the factory: OptionError `VOXRX_BAD_OPTION`
 * Items may name files inside of `root` only, after links are resolved: a list in an archive is not trusted.
 *
 * @throws in the run: FormatError `VOXRX_FILE_MISSING` if there are no files and `download` is false,
 * `VOXRX_BAD_DATALIST` for an item that names a file outside of `root`; the errors of `downloadFile` and `extractArchive`
 * @example
 * ```ts
 * import { defineDataset } from "voxrx/datasets";
 * const phantoms = defineDataset({
 *   name: "phantoms",
 *   resource: "https://example.org/phantoms.tar.gz",
 *   checksum: { md5: "0bc7306e7427e00ad1c5526a6677552d" },
 *   layout: { dir: "phantoms" },
 *   items: ({ dir, files }) => files.map((name) => ({ image: `${dir}/${name}` })),
 * });
 * const scans = phantoms({ root: "data", download: true });
 * ```
 */
export function defineDataset<T, P extends object = object>(
  definition: DatasetDefinition<P, T>,
): (options: P & PublicDatasetOptions) => IndexedDataset<T> {
  const { name, items, id } = definition;
  return (options) => {
    const { root, download, mirror, mirrorChecksum, transfer, limits } = options;
    const place = checkOptions(name, schema, { root, download, mirror, mirrorChecksum, transfer, limits });
    const list = async ({ signal }: { readonly signal: AbortSignal }) => {
      const dir = await prepare(definition, options, place, signal);
      const files = await listFiles(dir, signal);
      const found = await items({ dir, files, params: options, signal });
      await refuseOutside(found, dir, name, root);
      return found;
    };
    return Dataset.lazy(list, { name, ...(id ? { id } : {}) });
  };
}

const schema = v.strictObject({
  root: nonEmptySchema,
  download: v.optional(v.boolean(), false),
  mirror: v.optional(v.pipe(v.string(), v.url("expected a URL"))),
  mirrorChecksum: v.optional(checksumsSchema),
  transfer: v.optional(v.pipe(objectSchema, transferSchema)),
  limits: v.optional(v.pipe(objectSchema, limitsSchema)),
});

/** Downloads and extracts the files if necessary; returns their directory. */
async function prepare<P extends object, T>(
  { name, resource, checksum, layout, limits }: DatasetDefinition<P, T>,
  params: P & PublicDatasetOptions,
  { root, download, mirror, mirrorChecksum }: v.InferOutput<typeof schema>,
  signal: AbortSignal,
): Promise<string> {
  const published = ofParams(resource, params);
  const archive = join(resolve(root), basename(parseUrl(published).pathname));
  const target = join(resolve(root), layout.into === undefined ? "" : ofParams(layout.into, params));
  const dir = join(target, layout.dir === undefined ? "" : ofParams(layout.dir, params));
  const isThere = await exists(archive);
  if (!isThere && (await exists(dir))) return dir;
  if (!isThere && !download) {
    throw new FormatError("VOXRX_FILE_MISSING", `neither the directory of ${name} nor its archive exists`, {
      operator: name,
      file: dir,
      remedy: `Set download: true, or put ${basename(archive)} into the root.`,
    });
  }
  if (download) {
    const digest = mirrorChecksum ?? ofParams(checksum, params);
    await downloadFile({ ...params.transfer, url: mirror ?? published, path: archive, ...digest, signal });
  }
  await extractArchive({ ...limits, ...params.limits, archive, dir: target, signal });
  return dir;
}

/** The items may come from a list in the archive, which is not trusted. */
async function refuseOutside(items: readonly unknown[], dir: string, operator: string, root: string): Promise<void> {
  const limits = await confinedTo(root, false);
  for (const [n, item] of items.entries()) {
    for (const [field, value] of isRecord(item) ? Object.entries(item) : [["", item] as const]) {
      for (const text of [value].flat()) {
        const fault = typeof text === "string" ? await faultOfText(text, dir, limits) : undefined;
        if (fault === undefined) continue;
        const shown = `${field && `field "${field}": `}${JSON.stringify(text)}`;
        throw new FormatError(
          "VOXRX_BAD_DATALIST",
          `files must be inside of the root, but item ${n}, ${shown} ${fault}`,
          {
            operator,
            file: dir,
            remedy: "Don't trust the archive, or ask its publisher about the list in it.",
          },
        );
      }
    }
  }
}

function ofParams<P, V extends string | object>(value: OfParams<P, V>, params: P): V {
  return typeof value === "function" ? value(params) : value;
}

/** Whether a path is a file or a directory that isn't empty. */
async function exists(path: string): Promise<boolean> {
  try {
    return (await whenFileFree(() => readdir(path))).length > 0;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOTDIR";
  }
}
