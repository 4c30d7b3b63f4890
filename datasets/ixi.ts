import { access, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as v from "valibot";
import type { IndexedDataset } from "../src/dataset.ts";
import { loadedOnUse } from "../src/files/load-module.ts";
import { whenFileFree } from "../src/files/when-file-free.ts";
import { checkOptions, integerSchema, nonEmptySchema, numberSchema, recordSchema } from "../src/options.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { badDatalist } from "./datalist.ts";
import { defineDataset, type PublicDatasetOptions } from "./define-dataset.ts";
import { sections } from "./sections.ts";
import type { SectionName } from "./split-manifest.ts";

const csvParse = loadedOnUse(() => import("csv-parse/sync"));

/** MD5 of each modality's archive, as published with MONAI's example (T1) and TorchIO. */
const archives = {
  T1: "34901a0593b41dd19c1a1f746eac2d58",
  T2: "e3140d78730ecdd32ba92da48c0a9aaa",
  PD: "88ecd9d1fa33cb4a2278183b42ffd749",
  MRA: "29be7d2fee3998f978a55a9bdaf3407e",
  DTI: "636573825b1c8b9e8c78f1877df3ee66",
} as const;

/** Kind of MR images. */
export type IxiModality = keyof typeof archives;

/** Options of {@link ixi}. */
export interface IxiOptions extends PublicDatasetOptions {
  /** Kind of MR images. Default `"T1"`. */
  readonly modality?: IxiModality;
  /** The section. Default: all scans, sorted by name. */
  readonly section?: SectionName;
  /** Fraction of the scans used for validation. Default 0.2. */
  readonly valFrac?: number;
  /** Fraction of the scans used for testing. Default 0.2. */
  readonly testFrac?: number;
  /** Seed of the split, a 32-bit unsigned integer. Default 0. */
  readonly seed?: number;
  /** Random generator of the split; `"monai"` draws like MONAI's example. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /** A JSON file that stores the split; see {@link sections}. Default: none. */
  readonly manifest?: string;
  /** The project's table of subjects as CSV, with a column `IXI_ID`. Default: `IXI.csv` in the root, if it exists. */
  readonly demographics?: string;
}

/** Path and facts of a scan, for `load("image")`. */
export interface IxiItem {
  /** Absolute path of the image. */
  readonly image: string;
  /** Name of the subject, such as `IXI314-IOP-0889`. */
  readonly subject: string;
  /** Number of the subject, such as 314. */
  readonly id: number;
  /** Hospital: `Guys`, `HH` or `IOP`. */
  readonly site: string;
  /** The subject's row of the table of demographics, as strings by column; absent if there is no table or no row. */
  readonly demographics?: Readonly<Record<string, string>>;
}

/**
 * The IXI brain MR images of nearly 600 healthy subjects, of one modality (brain-development.org, CC BY-SA 3.0). The
 * section of each scan is drawn independently, as in MONAI's IXI example, so the sizes of sections vary. DTI has one
 * file per direction. The item id is the file name.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING` (no files, and `download` is false); the errors of download and
 * extraction
 * @example
 * ```ts
 * import { ixi } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const training = ixi({ root: "data", modality: "T1", section: "training", download: true }).pipe(load("image"));
 * ```
 */
export function ixi(options: IxiOptions): IndexedDataset<IxiItem> {
  const { modality, section, valFrac, testFrac, seed, rng, manifest, demographics, ...place } = options;
  const given = { modality, section, valFrac, testFrac, seed, rng, manifest, demographics };
  const {
    section: part,
    modality: kind,
    demographics: table,
    manifest: kept,
    ...split
  } = checkOptions("ixi", schema, given);
  const whole = archive({ ...place, modality: kind, demographics: table });
  if (part === undefined) return whole;
  return sections(whole, { rule: "ixi", ...split, ...(kept === undefined ? {} : { manifest: kept }) })[part];
}

const share = v.pipe(numberSchema, v.minValue(0), v.maxValue(1));
const schema = v.strictObject({
  modality: v.optional(v.picklist(["T1", "T2", "PD", "MRA", "DTI"]), "T1"),
  section: v.optional(v.picklist(["training", "validation", "test"])),
  valFrac: v.optional(share, 0.2),
  testFrac: v.optional(share, 0.2),
  seed: v.optional(v.pipe(integerSchema, v.minValue(0), v.maxValue(0xffffffff)), 0),
  rng: v.optional(v.picklist(["voxrx", "monai"]), "voxrx"),
  manifest: v.optional(nonEmptySchema),
  demographics: v.optional(nonEmptySchema),
});

// MONAI's example uses a copy of the T1 archive; the others are on the project's own server.
const urls = {
  T1: "https://developer.download.nvidia.com/assets/Clara/monai/tutorials/IXI-T1.tar",
  other: (modality: IxiModality) => `http://biomedic.doc.ic.ac.uk/brain-development/downloads/IXI/IXI-${modality}.tar`,
};

const archive = defineDataset<IxiItem, { readonly modality: IxiModality; readonly demographics: string | undefined }>({
  name: "ixi",
  resource: ({ modality }) => (modality === "T1" ? urls.T1 : urls.other(modality)),
  checksum: ({ modality }) => ({ md5: archives[modality] }),
  // The archive has no top-level directory.
  layout: { into: ({ modality }) => `IXI-${modality}` },
  limits: { maxBytes: "64GiB", maxEntries: 50_000 },
  async items({ dir, files, params }) {
    const table = await demographicsOf(dir, params.demographics);
    return files.flatMap((name) => {
      const [, subject, id, site] = /(IXI(\d+)-([A-Za-z]+)-\d+)-[^/]*\.nii(?:\.gz)?$/.exec(name) ?? [];
      if (subject === undefined || site === undefined) return [];
      const row = table.get(Number(id));
      return [{ image: join(dir, name), subject, id: Number(id), site, ...(row ? { demographics: row } : {}) }];
    });
  },
  id: ({ image }) => basename(image),
});

/** Rows of the table by subject; empty if there is no table. */
async function demographicsOf(
  dir: string,
  given: string | undefined,
): Promise<ReadonlyMap<number, Readonly<Record<string, string>>>> {
  const path = given ?? resolve(dir, "..", "IXI.csv");
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere && given === undefined) return new Map();
  const { parse } = await csvParse();
  try {
    const rows: unknown = parse(await whenFileFree(() => readFile(path, "utf8")), {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      trim: true,
    });
    const records = v.parse(v.array(recordSchema(v.string(), v.string())), rows);
    return new Map(records.map((row) => [Number(row.IXI_ID), row]));
  } catch (cause) {
    throw badDatalist(path, "it is not a CSV table with a header", cause);
  }
}
