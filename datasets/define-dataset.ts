import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { type ExtractLimits, extractArchive, limitsSchema } from "../src/archive/extract-archive.ts";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { checksumsSchema, downloadFile, type TransferOptions, transferSchema } from "../src/http/download-file.ts";
import { checkOptions } from "../src/options.ts";
import { listFiles } from "./list-files.ts";

/** Published digests of an archive. */
export interface PublishedChecksum {
  /** MD5, hexadecimal. */
  readonly md5?: string;
  /** SHA-256, hexadecimal. */
  readonly sha256?: string;
}

/** What all public datasets are told. */
export interface PublicDatasetOptions extends PublishedSource {
  /** Folder that holds the archive and what was extracted of it. */
  readonly root: string;
  /** Whether to fetch the archive if it is not there. Default false: then it is an error. What is there needs no network. */
  readonly download?: boolean;
  /** How servers are spoken to: retries, time-outs, headers. */
  readonly transfer?: TransferOptions;
  /** What the archive may unpack to. Default: what the dataset is known to hold, with room to spare. */
  readonly limits?: ExtractLimits;
}

/** Where to fetch from instead of the public address. */
export interface PublishedSource {
  /** Address of a copy of the archive. Default: the public one. */
  readonly mirror?: string;
  /** Digest of that copy, where it is no exact one. Default: the published one. */
  readonly mirrorChecksum?: PublishedChecksum;
}

/** A value, or how to get it from the parameters of a dataset. */
export type OfParams<P, V> = V | ((params: P) => V);

/** What a public dataset is: see {@link defineDataset}. */
export interface DatasetDefinition<P extends object, T> {
  /** Name in `explain()` and in errors. */
  readonly name: string;
  /** Public address of the archive (tar, tar.gz or zip). */
  readonly resource: OfParams<P, string>;
  /** Its published digest. */
  readonly checksum: OfParams<P, PublishedChecksum>;
  readonly layout: {
    /** Folder below the root that the archive is extracted into. Default: the root itself. */
    readonly into?: OfParams<P, string>;
    /** Folder below that one in which the dataset's files are then found. Default: the same. */
    readonly folder?: OfParams<P, string>;
  };
  /** What the archive may unpack to. Default: `extractArchive`'s own limits. */
  readonly limits?: ExtractLimits;
  /** Lists the items. Called once; what it gives is kept. */
  readonly items: (found: FoundFiles<P>) => readonly T[] | PromiseLike<readonly T[]>;
  /** Stable identity of an item, the same wherever the root is. Default: its position. */
  readonly key?: (item: T, index: number) => string;
}

/** What {@link DatasetDefinition.items} is told. */
export interface FoundFiles<P> {
  /** Absolute path of the dataset's folder. */
  readonly folder: string;
  /** Names of all files below it (`/` between folders), sorted by code points; hidden ones left out. */
  readonly files: readonly string[];
  readonly params: P;
  readonly signal: AbortSignal;
}

/**
 * Makes a public dataset of what is known about it. The factory that comes out takes the dataset's own parameters and
 * {@link PublicDatasetOptions}, and gives an indexed dataset. With the first run (or `ready()`) the archive is downloaded if asked for,
 * checked and extracted, each step whole or not at all, and none of them again; then the items are listed.
 *
 * @throws the factory: OptionError `VOXRX_BAD_OPTION`
 * @throws the run: FormatError `VOXRX_FILE_MISSING` when nothing is there and `download` is false; what `downloadFile` and
 * `extractArchive` throw
 * @example
 * ```ts
 * import { defineDataset } from "voxrx/datasets";
 * const phantoms = defineDataset({
 *   name: "phantoms",
 *   resource: "https://example.org/phantoms.tar.gz",
 *   checksum: { md5: "0bc7306e7427e00ad1c5526a6677552d" },
 *   layout: { folder: "phantoms" },
 *   items: ({ folder, files }) => files.map((name) => ({ image: `${folder}/${name}` })),
 * });
 * const scans = phantoms({ root: "data", download: true });
 * ```
 */
export function defineDataset<T, P extends object = object>(
  definition: DatasetDefinition<P, T>,
): (options: P & PublicDatasetOptions) => IndexedDataset<T> {
  const { name, items, key } = definition;
  return (options) => {
    const { root, download, mirror, mirrorChecksum, transfer, limits } = options;
    const place = checkOptions(name, schema, { root, download, mirror, mirrorChecksum, transfer, limits });
    const list = async ({ signal }: { readonly signal: AbortSignal }) => {
      const folder = await prepare(definition, options, place, signal);
      const files = await listFiles(folder, signal);
      return items({ folder, files, params: options, signal });
    };
    return Dataset.lazy(list, { name, ...(key ? { key } : {}) });
  };
}

const schema = z.strictObject({
  root: z.string().min(1),
  download: z.boolean().default(false),
  mirror: z.url().optional(),
  mirrorChecksum: checksumsSchema.optional(),
  transfer: transferSchema.partial().optional(),
  limits: limitsSchema.partial().optional(),
});

/** Brings the files into place; gives their folder. */
async function prepare<P extends object, T>(
  { name, resource, checksum, layout, limits }: DatasetDefinition<P, T>,
  params: P & PublicDatasetOptions,
  { root, download, mirror, mirrorChecksum }: z.output<typeof schema>,
  signal: AbortSignal,
): Promise<string> {
  const published = ofParams(resource, params);
  const archive = join(resolve(root), basename(new URL(published).pathname));
  const dir = join(resolve(root), layout.into === undefined ? "" : ofParams(layout.into, params));
  const folder = join(dir, layout.folder === undefined ? "" : ofParams(layout.folder, params));
  const isThere = await exists(archive);
  if (!isThere && (await exists(folder))) return folder;
  if (!isThere && !download) {
    throw new FormatError("VOXRX_FILE_MISSING", `neither the folder of ${name} nor its archive is here`, {
      operator: name,
      file: folder,
      remedy: `Set download: true, or put ${basename(archive)} into the root.`,
    });
  }
  if (download) {
    const digest = mirrorChecksum ?? ofParams(checksum, params);
    await downloadFile({ ...params.transfer, url: mirror ?? published, path: archive, ...digest, signal });
  }
  await extractArchive({ ...limits, ...params.limits, archive, dir, signal });
  return folder;
}

function ofParams<P, V extends string | object>(value: OfParams<P, V>, params: P): V {
  return typeof value === "function" ? value(params) : value;
}

/** Whether a file, or a folder that is not empty, is here. */
async function exists(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length > 0;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOTDIR";
  }
}
