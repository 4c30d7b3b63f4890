/** The DICOM series below a folder, found by the tags of their files. */
import { constants } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, isVoxRxError } from "../../errors.ts";
import { fileFault } from "../../files/image-file.ts";
import { isDicom, readDicomFile } from "./dicom-file.ts";
import type { DicomDataset } from "./parse-elements.ts";

/** One series, as its files say. */
export interface DicomSeries {
  /** Series Instance UID. */
  readonly uid: string;
  /** Paths of its files with images, sorted by name. */
  readonly files: readonly string[];
  /** Elements of the first file. */
  readonly dataset: DicomDataset;
}

/** What a scan finds. */
export interface Scan {
  /** Sorted by UID. */
  readonly series: readonly DicomSeries[];
  /** Every folder that was looked into. */
  readonly folders: readonly string[];
}

const query = "?series=";

/** The path that `load` takes for one series of a folder with several: the folder, `?series=` and the series' UID. */
export function seriesPath(folder: string, uid: string): string {
  return `${folder}${query}${uid}`;
}

/** A folder and the series that a path names in it; undefined for the path of anything else. */
export async function seriesPlace(path: string): Promise<{ folder: string; uid: string | undefined } | undefined> {
  const at = path.lastIndexOf(query);
  const uid = at > 0 ? path.slice(at + query.length) : "";
  if (/^[0-9.]{1,64}$/.test(uid)) return { folder: path.slice(0, at), uid };
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isFolder ? { folder: path, uid: undefined } : undefined;
}

/**
 * Reads the tags of all DICOM files with images below a folder. Files of other formats, and hidden ones, are passed over; a DICOM file that is
 * damaged is not.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`, `VOXRX_BAD_HEADER`, `VOXRX_TRUNCATED_FILE`
 */
export async function scanSeries(root: string, signal: AbortSignal | undefined): Promise<Scan> {
  const found = new Map<string, { files: string[]; dataset: DicomDataset }>();
  const folders: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    folders.push(folder);
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
      throw fileFault(cause, folder);
    });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      signal?.throwIfAborted();
      const path = join(folder, entry.name);
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile() || entry.isSymbolicLink()) await note(path);
    }
  };
  const note = async (path: string): Promise<void> => {
    if (!(await looksLikeDicom(path))) return;
    const { dataset, pixels } = await readDicomFile(path, signal);
    const uid = dataset.text("SeriesInstanceUID");
    if (!pixels || uid === undefined) return;
    const series = found.get(uid) ?? { files: [], dataset };
    series.files.push(path);
    found.set(uid, series);
  };
  await walk(root);
  const series = [...found].map(([uid, { files, dataset }]) => ({ uid, files, dataset }));
  series.sort((a, b) => (a.uid < b.uid ? -1 : 1));
  return { series, folders };
}

/**
 * The series that was asked for, or the only one.
 *
 * @throws FormatError `VOXRX_EMPTY_FOLDER`, `VOXRX_SEVERAL_SERIES`, and as {@link scanSeries}
 */
export function chooseSeries({ series }: Scan, folder: string, uid: string | undefined): DicomSeries {
  const chosen = uid === undefined ? series[0] : series.find((one) => one.uid === uid);
  if (!chosen) {
    const what = uid === undefined ? "no DICOM file with an image" : `no DICOM series ${uid}`;
    throw new FormatError("VOXRX_EMPTY_FOLDER", `the folder holds ${what}`, {
      file: folder,
      remedy: "Give the path of an image file, or the folder of a DICOM series.",
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
    `the folder holds ${series.length} series: ${names.join(", ")}${more}`,
    {
      file: folder,
      remedy: `Choose one: readDicomSeries(folder, { series }), or the path ${seriesPath("FOLDER", "UID")}; dicomFolder() lists them all.`,
    },
  );
}

async function looksLikeDicom(path: string): Promise<boolean> {
  const first = new Uint8Array(132);
  try {
    // Without O_NONBLOCK, a link to a named pipe would be waited for.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await handle.stat()).isFile()) return false;
      await handle.read(first, 0, first.length, 0);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const fault = fileFault(cause, path);
    // A link that leads nowhere is no file of a series.
    if (isVoxRxError(fault, "VOXRX_FILE_MISSING")) return false;
    throw fault;
  }
  return isDicom(first);
}
