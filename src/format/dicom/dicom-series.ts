/** Finds the DICOM series in a directory tree by the tags of the files. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { eachInOrder } from "../../async/each-in-order.ts";
import { FormatError, isVoxRxError } from "../../errors.ts";
import { walkDirectory } from "../../files/walk-directory.ts";
import { truncated } from "../format-faults.ts";
import { isNamedLikeDicom, startsLikeDicom } from "./detect-dicom.ts";
import { type DicomFile, readDicomFile } from "./dicom-file.ts";
import type { DicomDataset } from "./element-values.ts";
import { textWithoutPatient } from "./patient.ts";
import type { ScannedFiles } from "./scanned-files.ts";
import { isVolumeKeyword, type VolumeKeyword } from "./volume-keys.ts";

/** One series, from the tags of its files. */
export interface DicomSeries {
  /** Series Instance UID; empty for files without one. */
  readonly uid: string;
  /** Paths of its files with images, sorted by name. */
  readonly files: readonly string[];
  /** Elements of the first file. */
  readonly dataset: DicomDataset;
}

/** Result of a scan. */
export interface Scan {
  /** Sorted by UID. */
  readonly series: readonly DicomSeries[];
  /** Every directory that was searched. */
  readonly dirs: readonly string[];
  /** Links that lead nowhere: what they led to may belong to any series. */
  readonly brokenLinks: readonly string[];
}

/** How many files of a directory are read at a time: opening and closing takes longer than reading. */
export const filesAtOnce = 8;

/** A series in a directory. */
export interface SeriesPlace {
  readonly dir: string;
  /** Series Instance UID, empty for files without one; undefined: the only series. */
  readonly uid: string | undefined;
  readonly volumeBy: readonly VolumeKeyword[] | undefined;
}

/**
 * The path that `load` accepts for one series of a directory with several: the directory, `?series=` and the series
 * UID, and `&volumeBy=` with the keywords of what tells its volumes apart.
 */
export function seriesPath(dir: string, uid: string, volumeBy?: readonly VolumeKeyword[]): string {
  const by = volumeBy ? `&volumeBy=${volumeBy.join(",")}` : "";
  return `${dir}?series=${encodeURIComponent(uid)}${by}`;
}

/** The directory and the series that a path names; undefined if the path is not a directory. */
export async function seriesPlace(path: string): Promise<SeriesPlace | undefined> {
  const [, dir = "", uid, list] = /^(.+)\?series=([\w.%!~*'()-]*)(?:&volumeBy=([A-Za-z,]+))?$/s.exec(path) ?? [];
  const volumeBy = list?.split(",");
  if (uid !== undefined && (volumeBy?.every(isVolumeKeyword) ?? true)) {
    const decoded = uidIn(uid);
    if (decoded !== undefined) return { dir, uid: decoded, volumeBy: volumeBy?.filter(isVolumeKeyword) };
  }
  const isDirectory = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isDirectory ? { dir: path, uid: undefined, volumeBy: undefined } : undefined;
}

function uidIn(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads the tags of all DICOM files with images in a directory tree. Links are followed, and a file that has several
 * names counts once. Hidden files and files of other formats are skipped; a damaged DICOM file is an error, and so is a
 * file with an extension of DICOM that does not start like DICOM.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`, `VOXRX_BAD_HEADER`, `VOXRX_TRUNCATED_FILE`,
 * `VOXRX_EMPTY_FILE`, `VOXRX_UNKNOWN_FORMAT`
 * @param scanned keeps files that were read
 */
export async function scanSeries(root: string, signal: AbortSignal | undefined, scanned?: ScannedFiles): Promise<Scan> {
  const found = new Map<string, { files: string[]; dataset: DicomDataset }>();
  const tree = await walkDirectory(root, signal);
  const seen = new Set<string>();
  const brokenLinks: string[] = [];
  const read = async ({ name, realPath }: (typeof tree.files)[number]) => {
    signal?.throwIfAborted();
    return realPath === undefined || seen.has(realPath) ? undefined : readIfDicom(join(root, name), signal, scanned);
  };
  await eachInOrder(tree.files, filesAtOnce, read, (file, { name, realPath }) => {
    const path = join(root, name);
    if (realPath === undefined) brokenLinks.push(path);
    if (realPath === undefined || !file || seen.has(realPath)) return;
    seen.add(realPath);
    const { dataset, pixels } = file;
    if (!pixels && announcesPixels(dataset)) throw truncated("the file ends before its pixels", path);
    if (!pixels) return;
    const uid = dataset.text("SeriesInstanceUID") ?? "";
    const series = found.get(uid) ?? { files: [], dataset };
    series.files.push(path);
    scanned?.keep(file, uid);
    found.set(uid, series);
  });
  const series = [...found].map(([uid, { files, dataset }]) => ({ uid, files, dataset }));
  series.sort((a, b) => (a.uid < b.uid ? -1 : 1));
  return { series, dirs: tree.dirs.map((dir) => join(root, dir)), brokenLinks };
}

/** Storage of CR, CT, MR, ultrasound, secondary captures, NM and PET (PS3.4, B.5): their files have pixels. */
const imageClasses = ["1", "2", "2.1", "4", "4.1", "3.1", "6.1", "7", "20", "128", "130"];

// Without its pixels, an image is damaged: a copy may end after any element. Documents and reports have no pixels.
function announcesPixels(dataset: DicomDataset): boolean {
  const [, storage = ""] = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.([\d.]+)$/.exec(dataset.text("SOPClassUID") ?? "") ?? [];
  if (imageClasses.includes(storage) || dataset.text("ImagePositionPatient") !== undefined) return true;
  return (["Rows", "Columns", "BitsAllocated"] as const).every((keyword) => dataset.short(keyword) !== undefined);
}

/**
 * The requested series, or the only one.
 *
 * @throws FormatError `VOXRX_EMPTY_FOLDER`, `VOXRX_SEVERAL_SERIES`, and as {@link scanSeries}
 */
export function chooseSeries({ series }: Scan, dir: string, uid: string | undefined): DicomSeries {
  const chosen = uid === undefined ? series[0] : series.find((one) => one.uid === uid);
  if (!chosen) {
    const what = uid === undefined ? "no DICOM file with an image" : `no DICOM series ${uid || "without a UID"}`;
    throw new FormatError("VOXRX_EMPTY_FOLDER", `the directory contains ${what}`, {
      file: dir,
      remedy: "Give the path of an image file or of a directory with a DICOM series.",
    });
  }
  if (uid !== undefined || series.length === 1) return chosen;
  const names = series.slice(0, 5).map((one) => {
    const { files, dataset } = one;
    const about = [dataset.text("Modality"), textWithoutPatient(dataset, "SeriesDescription")]
      .filter(Boolean)
      .join(" ");
    return `${one.uid || "none"} (${about ? `${about}, ` : ""}${files.length === 1 ? "1 file" : `${files.length} files`})`;
  });
  const more = series.length > 5 ? ` and ${series.length - 5} more` : "";
  throw new FormatError(
    "VOXRX_SEVERAL_SERIES",
    `the directory contains ${series.length} series: ${names.join(", ")}${more}`,
    {
      file: dir,
      remedy: `Choose one with readDicomSeries(dir, { series }) or ${seriesPath("DIR", "UID")}; see dicomFolder().`,
    },
  );
}

/** The file, if it is to be read: the rule of single files. */
async function readIfDicom(
  path: string,
  signal: AbortSignal | undefined,
  scanned: ScannedFiles | undefined,
): Promise<DicomFile | undefined> {
  const isNamed = isNamedLikeDicom(path);
  try {
    return await readDicomFile(path, signal, {
      ...(isNamed ? {} : { accepts: startsLikeDicom }),
      ...(scanned ? { atOnce: (size) => scanned.atOnce(size) } : {}),
    });
  } catch (error) {
    if (isVoxRxError(error, "VOXRX_EMPTY_FILE") && !isNamed) return undefined;
    throw error;
  }
}
