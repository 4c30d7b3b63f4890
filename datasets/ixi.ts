import { access, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import type { IndexedDataset } from "../src/dataset.ts";
import { checkOptions } from "../src/options.ts";
import type { SplitRng } from "../src/random/split-random.ts";
import { badDatalist } from "./datalist.ts";
import { defineDataset, type PublicDatasetOptions } from "./define-dataset.ts";
import { sections } from "./sections.ts";
import type { SectionName } from "./split-manifest.ts";

/** MD5 of each modality's archive, as published with MONAI's example (T1) and TorchIO. */
const archives = {
  T1: "34901a0593b41dd19c1a1f746eac2d58",
  T2: "e3140d78730ecdd32ba92da48c0a9aaa",
  PD: "88ecd9d1fa33cb4a2278183b42ffd749",
  MRA: "29be7d2fee3998f978a55a9bdaf3407e",
  DTI: "636573825b1c8b9e8c78f1877df3ee66",
} as const;

/** What was scanned. */
export type IxiModality = keyof typeof archives;

/** Options of {@link ixi}. */
export interface IxiOptions extends PublicDatasetOptions {
  /** What was scanned. Default `"T1"`. */
  readonly modality?: IxiModality;
  /** Default: all scans, in the order of their names. */
  readonly section?: SectionName;
  /** Share of the scans for validation. Default 0.2. */
  readonly valFrac?: number;
  /** Share of the scans for testing. Default 0.2. */
  readonly testFrac?: number;
  /** Seed of the split, a whole number of 32 bits. Default 0. */
  readonly seed?: number;
  /** Generator of the split; `"monai"` draws as MONAI's example does. Default `"voxrx"`. */
  readonly rng?: SplitRng;
  /** A JSON file that keeps the split; see {@link sections}. Default: none. */
  readonly manifest?: string;
  /** The project's table of subjects as CSV, with a column `IXI_ID`. Default: `IXI.csv` in the root, if it is there. */
  readonly demographics?: string;
}

/** A scan to be read with `load("image")`. */
export interface IxiItem {
  /** Absolute path of the image. */
  readonly image: string;
  /** Name of the subject, such as `IXI314-IOP-0889`. */
  readonly subject: string;
  /** Number of the subject, such as 314. */
  readonly id: number;
  /** Hospital: `Guys`, `HH` or `IOP`. */
  readonly site: string;
  /** The subject's row of the table of demographics, as texts by column; absent without a table or a row. */
  readonly demographics?: Readonly<Record<string, string>>;
}

/**
 * The IXI brain MR images of nearly 600 healthy subjects, of one modality (brain-development.org, CC BY-SA 3.0). Sections are drawn for each
 * scan by itself, as in MONAI's IXI example, so that their sizes vary. DTI has a file for each direction. Items are keyed by file name.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING` (nothing there, no download); what downloads and extraction throw
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

const share = z.number().min(0).max(1);
const schema = z.strictObject({
  modality: z.enum(["T1", "T2", "PD", "MRA", "DTI"]).default("T1"),
  section: z.enum(["training", "validation", "test"]).optional(),
  valFrac: share.default(0.2),
  testFrac: share.default(0.2),
  seed: z.int().min(0).max(0xffffffff).default(0),
  rng: z.enum(["voxrx", "monai"]).default("voxrx"),
  manifest: z.string().min(1).optional(),
  demographics: z.string().min(1).optional(),
});

// MONAI's example has a copy of the T1 archive; the others are at the project's own address.
const addresses = {
  T1: "https://developer.download.nvidia.com/assets/Clara/monai/tutorials/IXI-T1.tar",
  other: (modality: IxiModality) => `http://biomedic.doc.ic.ac.uk/brain-development/downloads/IXI/IXI-${modality}.tar`,
};

const archive = defineDataset<IxiItem, { readonly modality: IxiModality; readonly demographics: string | undefined }>({
  name: "ixi",
  resource: ({ modality }) => (modality === "T1" ? addresses.T1 : addresses.other(modality)),
  checksum: ({ modality }) => ({ md5: archives[modality] }),
  // The archive has no folder of its own.
  layout: { into: ({ modality }) => `IXI-${modality}` },
  limits: { maxBytes: "64GiB", maxEntries: 50_000 },
  async items({ folder, files, params }) {
    const table = await demographicsOf(folder, params.demographics);
    return files.flatMap((name) => {
      const [, subject, id, site] = /(IXI(\d+)-([A-Za-z]+)-\d+)-[^/]*\.nii(?:\.gz)?$/.exec(name) ?? [];
      if (subject === undefined || site === undefined) return [];
      const row = table.get(Number(id));
      return [{ image: join(folder, name), subject, id: Number(id), site, ...(row ? { demographics: row } : {}) }];
    });
  },
  key: ({ image }) => basename(image),
});

/** Rows of the table by subject; empty without a table. */
async function demographicsOf(
  folder: string,
  given: string | undefined,
): Promise<ReadonlyMap<number, Readonly<Record<string, string>>>> {
  const path = given ?? resolve(folder, "..", "IXI.csv");
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere && given === undefined) return new Map();
  try {
    const rows: unknown = parse(await readFile(path, "utf8"), {
      columns: true,
      bom: true,
      skip_empty_lines: true,
      trim: true,
    });
    const records = z.array(z.record(z.string(), z.string())).parse(rows);
    return new Map(records.map((row) => [Number(row.IXI_ID), row]));
  } catch (cause) {
    throw badDatalist(path, "it is no CSV table with a header", cause);
  }
}
