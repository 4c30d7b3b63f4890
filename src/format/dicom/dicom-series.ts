/** Finds the DICOM series in a directory tree by the tags of the files. */
import { constants } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, isVoxRxError } from "../../errors.ts";
import { fileFault } from "../../files/image-file.ts";
import { isDicom, readDicomFile } from "./dicom-file.ts";
import type { DicomDataset } from "./element-values.ts";

/** One series, from the tags of its files. */
export interface DicomSeries {
  /** Series Instance UID. */
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
}

const query = "?series=";

/**
 * The path that `load` accepts for one series of a directory with several: the directory, `?series=` and the series
 * UID.
 */
export function seriesPath(dir: string, uid: string): string {
  return `${dir}${query}${uid}`;
}

/** The directory and the series that a path names; undefined if the path is not a directory. */
export async function seriesPlace(path: string): Promise<{ dir: string; uid: string | undefined } | undefined> {
  const at = path.lastIndexOf(query);
  const uid = at > 0 ? path.slice(at + query.length) : "";
  if (/^[0-9.]{1,64}$/.test(uid)) return { dir: path.slice(0, at), uid };
  const isDirectory = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isDirectory ? { dir: path, uid: undefined } : undefined;
}

/**
 * Reads the tags of all DICOM files with images in a directory tree. Hidden files and files of other formats are
 * skipped; a damaged DICOM file is an error.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`, `VOXRX_BAD_HEADER`, `VOXRX_TRUNCATED_FILE`
 */
export async function scanSeries(root: string, signal: AbortSignal | undefined): Promise<Scan> {
  const found = new Map<string, { files: string[]; dataset: DicomDataset }>();
  const dirs: string[] = [];
  const searchDir = async (dir: string): Promise<void> => {
    dirs.push(dir);
    const entries = await readdir(dir, { withFileTypes: true }).catch((cause) => {
      throw fileFault(cause, dir);
    });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      signal?.throwIfAborted();
      const path = join(dir, entry.name);
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory()) await searchDir(path);
      else if (entry.isFile() || entry.isSymbolicLink()) await addFile(path);
    }
  };
  const addFile = async (path: string): Promise<void> => {
    if (!(await looksLikeDicom(path))) return;
    const { dataset, pixels } = await readDicomFile(path, signal);
    const uid = dataset.text("SeriesInstanceUID");
    if (!pixels || uid === undefined) return;
    const series = found.get(uid) ?? { files: [], dataset };
    series.files.push(path);
    found.set(uid, series);
  };
  await searchDir(root);
  const series = [...found].map(([uid, { files, dataset }]) => ({ uid, files, dataset }));
  series.sort((a, b) => (a.uid < b.uid ? -1 : 1));
  return { series, dirs };
}

/**
 * The requested series, or the only one.
 *
 * @throws FormatError `VOXRX_EMPTY_FOLDER`, `VOXRX_SEVERAL_SERIES`, and as {@link scanSeries}
 */
export function chooseSeries({ series }: Scan, dir: string, uid: string | undefined): DicomSeries {
  const chosen = uid === undefined ? series[0] : series.find((one) => one.uid === uid);
  if (!chosen) {
    const what = uid === undefined ? "no DICOM file with an image" : `no DICOM series ${uid}`;
    throw new FormatError("VOXRX_EMPTY_FOLDER", `the directory contains ${what}`, {
      file: dir,
      remedy: "Give the path of an image file or of a directory with a DICOM series.",
    });
  }
  if (uid !== undefined || series.length === 1) return chosen;
  const names = series.slice(0, 5).map((one) => {
    const { files, dataset } = one;
    const about = [dataset.text("Modality"), dataset.text("SeriesDescription")].filter(Boolean).join(" ");
    return `${one.uid} (${about ? `${about}, ` : ""}${files.length} files)`;
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

async function looksLikeDicom(path: string): Promise<boolean> {
  const first = new Uint8Array(132);
  try {
    // Without O_NONBLOCK, opening a link to a named pipe would wait.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await handle.stat()).isFile()) return false;
      await handle.read(first, 0, first.length, 0);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const fault = fileFault(cause, path);
    // A broken link is not a file of a series.
    if (isVoxRxError(fault, "VOXRX_FILE_MISSING")) return false;
    throw fault;
  }
  return isDicom(first);
}
