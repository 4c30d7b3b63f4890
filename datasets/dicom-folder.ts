import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { type DicomSeries, scanSeries, seriesPath } from "../src/format/dicom/dicom-series.ts";
import { pseudonymOf, textWithoutPatient } from "../src/format/dicom/patient.ts";
import { volumeBySchema } from "../src/format/dicom/read-series.ts";
import { someOf } from "../src/format/dicom/slice.ts";
import type { Keyword } from "../src/format/dicom/tags.ts";
import type { VolumeKeyword } from "../src/format/dicom/volume-keys.ts";
import { checkOptions, integerSchema, nonEmptySchema } from "../src/options.ts";
import { warn } from "../src/warnings.ts";

/** Options of {@link dicomFolder}: which series become items, and how these are read. */
export interface DicomFolderOptions {
  /** Modality, or several: `"CT"`, `"MR"`, `"PT"`. Default: all. */
  readonly modality?: string | readonly string[];
  /** Minimum number of files; smaller series, such as scouts, are skipped. Default 1. */
  readonly minFiles?: number;
  /** What tells the volumes of a series apart, as for `readDicomSeries`. Default: whatever does. */
  readonly volumeBy?: VolumeKeyword | readonly VolumeKeyword[];
  /**
   * Whether items have a pseudonym of the Patient ID, or the patient's real ID, name and birth date. Default
   * `"pseudonym"`.
   */
  readonly patients?: "pseudonym" | "real";
  /**
   * A secret that goes into the pseudonyms. Default: none; then whoever knows or guesses a Patient ID can compute its
   * pseudonym.
   */
  readonly salt?: string;
}

/** One series. Fields that aren't in its files are absent. */
export interface DicomItem {
  /**
   * Path for `load`: the closest directory that contains all files of the series, `?series=` and its UID, and
   * `&volumeBy=` with that option.
   */
  readonly image: string;
  /** Series Instance UID; empty for files without one. */
  readonly series: string;
  /** Study Instance UID. */
  readonly study?: string;
  /**
   * Pseudonym of the Patient ID: 16 hexadecimal digits, the same for all series of a patient, in every run with one
   * `salt`. The Patient ID itself with `patients: "real"`.
   */
  readonly patient?: string;
  /** Patient's Name, only with `patients: "real"`. */
  readonly patientName?: string;
  /** Patient's Birth Date, `YYYYMMDD`, only with `patients: "real"`. */
  readonly patientBirthDate?: string;
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
 * The DICOM series in a directory tree, one item each, sorted by Series Instance UID, which is also the item id. The
 * names and directories of the files don't matter. Only tags are read, no pixels. An indexed dataset; the directory is
 * read by the first run. Links are followed; one that leads nowhere is reported by the warning `VOXRX_BROKEN_LINK`, and
 * is an error when a series around it is loaded. Files of other formats are skipped.
 *
 * No name, ID or birth date of a patient is in an item unless `patients` is `"real"`: in its texts, `***` stands for
 * those of the same file. UIDs and the study date stay as they are; paths are those of the files, whatever they say.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING`, `VOXRX_EMPTY_FOLDER` if no series matches, `VOXRX_BAD_HEADER`
 * and `VOXRX_TRUNCATED_FILE` for a damaged file
 * @example
 * ```ts
 * import { dicomFolder } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const scans = dicomFolder("archive", { modality: "CT", minFiles: 20 }).pipe(load("image"));
 * for await (const { image, patient, description } of scans) console.log(patient, description, image.shape);
 * ```
 */
export function dicomFolder(root: string, options: DicomFolderOptions = {}): IndexedDataset<DicomItem> {
  const checked = checkOptions("dicomFolder", schema, options);
  const { modality, minFiles } = checked;
  const dir = resolve(root);
  const list = async ({ signal }: { readonly signal: AbortSignal }) => {
    const { series, brokenLinks } = await scanSeries(dir, signal);
    if (brokenLinks.length > 0) {
      warn({ code: "VOXRX_BROKEN_LINK", message: `dicomFolder: links lead nowhere: ${someOf(brokenLinks)}` });
    }
    const items = series
      .map((one) => itemOf(one, checked))
      .filter((item) => {
        return item.files >= minFiles && (modality?.includes(item.modality ?? "") ?? true);
      });
    if (items.length > 0) return items;
    throw new FormatError("VOXRX_EMPTY_FOLDER", `none of the ${series.length} DICOM series found matches the options`, {
      file: dir,
      remedy: "Give a directory that contains the files, or relax modality and minFiles.",
    });
  };
  return Dataset.lazy(list, { name: "dicomFolder", id: ({ series }) => series || "no UID" });
}

const text = nonEmptySchema;
const schema = v.strictObject({
  modality: v.optional(
    v.pipe(
      v.union([text, v.pipe(v.array(text), v.minLength(1))]),
      v.transform((given) => [given].flat()),
    ),
  ),
  minFiles: v.optional(v.pipe(integerSchema, v.minValue(1)), 1),
  volumeBy: v.optional(volumeBySchema),
  patients: v.optional(v.picklist(["pseudonym", "real"]), "pseudonym"),
  salt: v.optional(nonEmptySchema),
});

function itemOf({ uid, files, dataset }: DicomSeries, options: v.InferOutput<typeof schema>): DicomItem {
  const { volumeBy, patients, salt = "" } = options;
  const isReal = patients === "real";
  const text = (keyword: Keyword) => (isReal ? dataset.text(keyword) : textWithoutPatient(dataset, keyword));
  const facts = {
    study: dataset.text("StudyInstanceUID"),
    patient: isReal ? dataset.text("PatientID") : pseudonymOf(dataset, salt),
    patientName: isReal ? dataset.text("PatientName") : undefined,
    patientBirthDate: isReal ? dataset.text("PatientBirthDate") : undefined,
    modality: text("Modality"),
    description: text("SeriesDescription"),
    studyDescription: text("StudyDescription"),
    date: dataset.text("StudyDate"),
    bodyPart: text("BodyPartExamined"),
  };
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return { image: seriesPath(commonDir(files), uid, volumeBy), series: uid, ...known, files: files.length };
}

/** The closest common parent directory of the files. */
function commonDir(files: readonly string[]): string {
  let dir = dirname(files[0] ?? "");
  while (dir !== dirname(dir) && !files.every((file) => isBelow(dirname(file), dir))) dir = dirname(dir);
  return dir;
}

function isBelow(dir: string, above: string): boolean {
  return dir === above || (dir.startsWith(above) && /[\\/]/.test(dir.charAt(above.length)));
}
