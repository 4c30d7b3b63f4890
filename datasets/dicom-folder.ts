import { dirname, resolve } from "node:path";
import { z } from "zod";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { type DicomSeries, scanSeries, seriesPath } from "../src/format/dicom/dicom-series.ts";
import { checkOptions } from "../src/options.ts";

/** Options of {@link dicomFolder}: each narrows down which series are items. */
export interface DicomFolderOptions {
  /** Modality, or several: `"CT"`, `"MR"`, `"PT"`. Default: all. */
  readonly modality?: string | readonly string[];
  /** Series with fewer files than this are left out, such as scouts. Default 1. */
  readonly minFiles?: number;
}

/** One series. What its files do not say is absent. */
export interface DicomItem {
  /** What `load` reads: the nearest folder that holds all files of the series, `?series=` and its UID. */
  readonly image: string;
  /** Series Instance UID. */
  readonly series: string;
  /** Study Instance UID. */
  readonly study?: string;
  /** Patient ID. */
  readonly patient?: string;
  readonly modality?: string;
  /** Series Description. */
  readonly description?: string;
  readonly studyDescription?: string;
  /** Study Date, `YYYYMMDD`. */
  readonly date?: string;
  readonly bodyPart?: string;
  /** Number of files with images. */
  readonly files: number;
}

/**
 * The DICOM series below a folder, one item each, sorted and keyed by Series Instance UID, however the files are named and laid out. Tags are
 * read, pixels are not. An indexed dataset; the folder is read with the first run. Files of other formats are passed over.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING`, `VOXRX_EMPTY_FOLDER` when nothing fits, `VOXRX_BAD_HEADER` and
 * `VOXRX_TRUNCATED_FILE` for a damaged file
 * @example
 * ```ts
 * import { dicomFolder } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const scans = dicomFolder("archive", { modality: "CT", minFiles: 20 }).pipe(load("image"));
 * for await (const { image, patient, description } of scans) console.log(patient, description, image.shape);
 * ```
 */
export function dicomFolder(root: string, options: DicomFolderOptions = {}): IndexedDataset<DicomItem> {
  const { modality, minFiles } = checkOptions("dicomFolder", schema, options);
  const folder = resolve(root);
  const list = async ({ signal }: { readonly signal: AbortSignal }) => {
    const { series } = await scanSeries(folder, signal);
    const items = series.map(itemOf).filter((item) => {
      return item.files >= minFiles && (modality?.includes(item.modality ?? "") ?? true);
    });
    if (items.length > 0) return items;
    throw new FormatError("VOXRX_EMPTY_FOLDER", `none of the ${series.length} DICOM series found is wanted`, {
      file: folder,
      remedy: "Give the folder that the files lie below, or ask for less with modality and minFiles.",
    });
  };
  return Dataset.lazy(list, { name: "dicomFolder", key: ({ series }) => series });
}

const text = z.string().min(1);
const schema = z.strictObject({
  modality: z
    .union([text, z.array(text).min(1)])
    .transform((given) => [given].flat())
    .optional(),
  minFiles: z.int().min(1).default(1),
});

function itemOf({ uid, files, dataset }: DicomSeries): DicomItem {
  const facts = {
    study: dataset.text("StudyInstanceUID"),
    patient: dataset.text("PatientID"),
    modality: dataset.text("Modality"),
    description: dataset.text("SeriesDescription"),
    studyDescription: dataset.text("StudyDescription"),
    date: dataset.text("StudyDate"),
    bodyPart: dataset.text("BodyPartExamined"),
  };
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return { image: seriesPath(commonFolder(files), uid), series: uid, ...known, files: files.length };
}

/** The nearest folder above all of the files. */
function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0] ?? "");
  while (folder !== dirname(folder) && !files.every((file) => isBelow(dirname(file), folder))) folder = dirname(folder);
  return folder;
}

function isBelow(folder: string, above: string): boolean {
  return folder === above || (folder.startsWith(above) && /[\\/]/.test(folder.charAt(above.length)));
}
