import { stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { DicomItem } from "../datasets/dicom-folder.ts";
import { directoryImages, noImages } from "../datasets/directory-images.ts";
import type { VoxRxError } from "../src/errors.ts";
import { fileFault } from "../src/files/image-file.ts";
import { isUrl } from "../src/http/read-source.ts";

/** An image that a path on the command line stands for. */
export interface InputImage {
  /** Path for `readVolume`. */
  readonly path: string;
  /** Name for the user: a series UID says nothing. */
  readonly shown: string;
  /** The directory on the command line that it was found in. */
  readonly dir?: string;
}

/** The images that a path stands for, and what hinders the others. */
export interface InputImages {
  readonly images: readonly InputImage[];
  readonly fault?: VoxRxError;
}

/**
 * The images that a path stands for: of a directory, each DICOM series and image file in it.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`, `VOXRX_EMPTY_FOLDER`
 */
export async function inputImages(path: string): Promise<InputImages> {
  const isDirectory = isUrl(path) || /\?(series|array)=/.test(path) ? false : await isDir(path);
  if (!isDirectory) return { images: [{ path, shown: path }] };
  const { files, series, fault, fileCount } = await directoryImages(path);
  const only = series.length === 1 && files.length === 0;
  const images = [
    // The directory of the only series is its shortest name.
    ...series.map((one) => ({ path: only ? path : one.image, shown: only ? path : shownSeries(path, one), dir: path })),
    ...files.map((name) => ({ path: join(path, name), shown: join(path, name), dir: path })),
  ];
  if (images.length === 0 && fault === undefined) throw noImages(path, fileCount);
  return { images, ...(fault ? { fault } : {}) };
}

function shownSeries(dir: string, { image, modality, description, files }: DicomItem): string {
  const about = [modality, description?.trim()].filter(Boolean).join(" ");
  return `${join(dir, relative(dir, image.replace(/\?series=.*$/s, "")))}: ${about || "series"}, ${files} file${files === 1 ? "" : "s"}`;
}

async function isDir(path: string): Promise<boolean> {
  const there = await stat(path).catch((cause) => {
    throw fileFault(cause, path, "path");
  });
  return there.isDirectory();
}
