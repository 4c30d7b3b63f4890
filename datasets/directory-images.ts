/** Finds the images in a directory tree, of whatever layout. */
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, isVoxRxError, type VoxRxError } from "../src/errors.ts";
import { fileFault } from "../src/files/image-file.ts";
import { walkDirectory } from "../src/files/walk-directory.ts";
import { whenFileFree } from "../src/files/when-file-free.ts";
import { dicomExtensions, isNamedLikeDicom, startsLikeDicom } from "../src/format/dicom/detect-dicom.ts";
import { imageExtensions } from "../src/format/format-registry.ts";
import { compareNames } from "../src/name-order.ts";
import { type DicomItem, dicomFolder } from "./dicom-folder.ts";

/** The images in a directory tree. */
export interface DirectoryImages {
  /** Paths of image files that are not DICOM, relative to the directory, with `/`, sorted. */
  readonly files: readonly string[];
  /** Number of all files. */
  readonly fileCount: number;
  readonly series: readonly DicomItem[];
  /** Why DICOM files could not be read as series, if they could not. */
  readonly fault: VoxRxError | undefined;
}

/** How many files without a known extension are looked at before a directory counts as one without DICOM. */
const mostPeeks = 32;

/** @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE` */
export async function directoryImages(dir: string, signal?: AbortSignal): Promise<DirectoryImages> {
  await checkDirectory(dir);
  const tree = await walkDirectory(dir, signal);
  const names = tree.files.map(({ name }) => name).sort(compareNames);
  const extensions = imageExtensions().filter((extension) => !dicomExtensions.includes(extension));
  const files = names.filter((name) => extensions.some((extension) => name.toLowerCase().endsWith(extension)));
  const known = new Set(files);
  const others = names.filter((name) => !known.has(name));
  const found = { files, fileCount: names.length };
  if (!(await hasDicom(dir, others))) return { ...found, series: [], fault: undefined };
  try {
    return { ...found, series: await dicomFolder(dir).toArray(signal ? { signal } : {}), fault: undefined };
  } catch (error) {
    signal?.throwIfAborted();
    if (isVoxRxError(error)) return { ...found, series: [], fault: error };
    throw error;
  }
}

async function checkDirectory(dir: string): Promise<void> {
  const there = await stat(dir).catch((cause) => {
    throw fileFault(cause, dir, "directory");
  });
  if (there.isDirectory()) return;
  throw new FormatError("VOXRX_FILE_UNREADABLE", "it is not a directory", { file: dir, remedy: "Give a directory." });
}

/** The error for a directory without images. */
export function noImages(dir: string, fileCount: number): FormatError {
  const what =
    fileCount === 0 ? "the directory is empty" : `none of the ${fileCount} files in the directory is an image`;
  return new FormatError("VOXRX_EMPTY_FOLDER", what, { file: dir, remedy: "Give a directory with images." });
}

async function hasDicom(dir: string, names: readonly string[]): Promise<boolean> {
  if (names.some(isNamedLikeDicom)) return true;
  // Extensions with letters are of other formats: .json, .csv, .bval. Names of DICOM files often end in a number.
  const nameless = names.filter((name) => !/\.(?=[^./]*[a-z])[^./]+$/i.test(name)).slice(0, mostPeeks);
  for (const name of nameless) if (startsLikeDicom(await firstBytes(join(dir, name)))) return true;
  return false;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const handle = await whenFileFree(() => open(path, "r")).catch(() => undefined);
  if (!handle) return new Uint8Array();
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(1024), 0, 1024, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
