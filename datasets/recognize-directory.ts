import { join, relative, resolve } from "node:path";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError, isVoxRxError, type VoxRxError } from "../src/errors.ts";
import { checkOptions } from "../src/options.ts";
import { type BidsItem, bids } from "./bids.ts";
import { relativeId } from "./datalist.ts";
import type { DicomItem } from "./dicom-folder.ts";
import { type DirectoryImages, directoryImages, noImages } from "./directory-images.ts";
import { classifyImages } from "./image-folder.ts";
import { pairLabels } from "./pair-labels.ts";
import { type TaskDirectory, taskDirectory } from "./task-directory.ts";

/** An image in a directory of any layout that {@link recognizeDirectory} knows. */
export interface DirectoryItem {
  /** Path relative to the directory; the series UID for DICOM. The same wherever the directory is. */
  readonly id: string;
  /** Absolute path of the image for `load`; a list of paths if each channel has a file. */
  readonly image: string | readonly string[];
  /** Absolute path of the label map; absent if there is none. */
  readonly label?: string | readonly string[];
  /** Name of the class, for directories with one subdirectory per class. */
  readonly className?: string;
}

/** An image with a label map, as {@link openDirectory} lists them with `labeled`. */
export interface LabeledDirectoryItem extends DirectoryItem {
  /** Absolute path of the label map. */
  readonly label: string | readonly string[];
}

/** Options of {@link openDirectory}. */
export interface OpenDirectoryOptions {
  /** Leave out images without a label map, so that `label` is always there. Default false. */
  readonly labeled?: boolean;
}

/** What a directory holds. */
export interface RecognizedDirectory {
  /**
   * Layout: `decathlon` (also nnU-Net's: `imagesTr`, `labelsTr`), `bids`, `dicom`, `classes` (one subdirectory per
   * class) or `files`.
   */
  readonly layout: "decathlon" | "bids" | "dicom" | "classes" | "files";
  /** What was found, in words: `Decathlon task Task04_Hippocampus: 260 labeled scans`. */
  readonly description: string;
  readonly items: readonly DirectoryItem[];
  /** Names of the label values, where `dataset.json` says them; else empty. */
  readonly classNames: ReadonlyMap<number, string>;
  /** Modality, in the words of the dataset: `CT`, `MRI`, `MR`; of each channel, or of each series. Empty if unknown. */
  readonly modality: readonly string[];
  /** Why some of the files could not be listed, if so: a damaged DICOM file hides the series of its directory. */
  readonly fault?: VoxRxError;
}

/**
 * Says what kind of dataset a directory is, and lists its images with their labels: a task of the Decathlon or nnU-Net,
 * a BIDS study, DICOM series, one subdirectory per class of pictures, or image files, paired with their labels where
 * names leave no doubt (`images/a.nii.gz` with `labels/a.nii.gz`, `a.nii.gz` with `a_seg.nii.gz`). A directory with only
 * one subdirectory stands for that.
 *
 * Only lists, names and DICOM tags are read. For a layout that you know, its own dataset says more: `decathlon`, `bids`,
 * `dicomFolder`, `imageFolder`, `datalist`.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`, `VOXRX_EMPTY_FOLDER` if there is no image,
 * `VOXRX_BAD_DATALIST` for a damaged `dataset.json`
 * @example
 * ```ts
 * import { recognizeDirectory } from "voxrx/datasets";
 * const { description, items } = await recognizeDirectory("data");
 * console.log(description, items[0]?.image);
 * ```
 */
export async function recognizeDirectory(
  dir: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<RecognizedDirectory> {
  const found = await directoryImages(resolve(dir), options.signal);
  return recognize(resolve(dir), found, options.signal);
}

/**
 * The images of a directory with their labels, as {@link recognizeDirectory} lists them; with `labeled`, only those that
 * have one. An indexed dataset; the directory is read by the first run.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: as {@link recognizeDirectory}; FormatError `VOXRX_EMPTY_FOLDER` too if `labeled` leaves no image
 * @example
 * ```ts
 * import { openDirectory } from "voxrx/datasets";
 * import { load } from "voxrx/operators";
 * const scans = openDirectory("data").pipe(load("image"));
 * const training = openDirectory("data", { labeled: true }).pipe(load(["image", "label"]));
 * ```
 */
export function openDirectory(
  dir: string,
  options: OpenDirectoryOptions & { readonly labeled: true },
): IndexedDataset<LabeledDirectoryItem>;
export function openDirectory(dir: string, options?: OpenDirectoryOptions): IndexedDataset<DirectoryItem>;
export function openDirectory(dir: string, options: OpenDirectoryOptions = {}): IndexedDataset<DirectoryItem> {
  const { labeled } = checkOptions("openDirectory", openSchema, options);
  const list = async ({ signal }: { readonly signal: AbortSignal }) => {
    const { items, description, fault } = await recognizeDirectory(dir, { signal });
    if (fault) throw fault;
    if (!labeled) return items;
    const chosen = items.filter(({ label }) => label !== undefined);
    if (chosen.length === 0) throw noLabels(dir, description);
    return chosen;
  };
  return Dataset.lazy(list, { name: "openDirectory", id: ({ id }) => id });
}

const openSchema = v.strictObject({ labeled: v.optional(v.boolean(), false) });

/** The error for a directory whose images have no labels. */
function noLabels(dir: string, description: string): FormatError {
  return new FormatError("VOXRX_EMPTY_FOLDER", `no image in the directory has a label map: ${description}`, {
    file: dir,
    remedy:
      "Leave out labeled, name label maps after their images (labels/a.nii.gz for images/a.nii.gz), or list the pairs with Dataset.from.",
  });
}

async function recognize(
  dir: string,
  found: DirectoryImages,
  signal: AbortSignal | undefined,
): Promise<RecognizedDirectory> {
  const { files, series, fault, fileCount } = found;
  const problem = fault ? { fault } : {};
  const task = await taskDirectory(dir, files);
  if (task) return { ...asTask(dir, task), ...problem };
  const inner = onlySubdirectory(files);
  const innerTask =
    inner !== undefined && series.length === 0 && (await taskDirectory(join(dir, inner), within(files, inner)));
  if (innerTask) return { ...asTask(join(dir, inner), innerTask), ...problem };
  if (files.some((name) => /^sub-[^/]+\//.test(name))) {
    const study = await studyIn(dir, signal);
    if (study) return { ...study, ...problem };
  }
  if (files.length === 0 && series.length === 0) {
    if (fault) throw fault;
    throw noImages(dir, fileCount);
  }
  const classes = series.length === 0 ? asClasses(dir, files) : undefined;
  if (classes) return classes;
  const innerClasses =
    inner !== undefined && series.length === 0 ? asClasses(join(dir, inner), within(files, inner)) : undefined;
  return innerClasses ?? { ...asFiles(dir, files, series), ...problem };
}

/** The name of the only directory that holds files. */
function onlySubdirectory(files: readonly string[]): string | undefined {
  const [first = "", ...more] = new Set(
    files.map((name) => (name.includes("/") ? name.slice(0, name.indexOf("/")) : "")),
  );
  return first !== "" && more.length === 0 ? first : undefined;
}

function within(files: readonly string[], dir: string): string[] {
  return files.map((name) => name.slice(dir.length + 1));
}

function asTask(dir: string, { task, items, modality, classNames }: TaskDirectory): RecognizedDirectory {
  const labeled = items.filter(({ label }) => label !== undefined).length;
  const others = items.length - labeled;
  const kind = /^Task\d/.test(task) ? "Decathlon task" : "dataset in the Decathlon's layout";
  return {
    layout: "decathlon",
    description: `${kind} ${task}: ${scans(labeled, others)}`,
    items: items.map(({ image, label }) => {
      const first = typeof image === "string" ? image : (image[0] ?? "");
      return { id: relativeId(dir, first), image, ...(label === undefined ? {} : { label }) };
    }),
    classNames,
    modality,
  };
}

/** `260 labeled scans, 130 without labels`. */
function scans(labeled: number, others: number): string {
  if (labeled === 0) return `${others} scans without labels`;
  const more = others === 0 ? "" : `, ${others} without labels`;
  return `${labeled} labeled scan${labeled === 1 ? "" : "s"}${more}`;
}

async function studyIn(dir: string, signal: AbortSignal | undefined): Promise<RecognizedDirectory | undefined> {
  let items: readonly BidsItem[];
  try {
    items = await bids(dir).toArray(signal ? { signal } : {});
  } catch (error) {
    // Directories may be named like those of a study without holding one; a damaged study is read file by file.
    if (isVoxRxError(error)) return undefined;
    throw error;
  }
  const subjects = new Set(items.map(({ subject }) => subject)).size;
  return {
    layout: "bids",
    description: `BIDS study: ${plural(items.length, "image")} of ${plural(subjects, "subject")} (${counts(items.map(({ suffix }) => suffix))})`,
    items: items.map(({ image }) => ({ id: relativeId(dir, image), image })),
    classNames: new Map(),
    modality: [],
  };
}

/** Formats of pictures; others are volumes, whose directories are subjects rather than classes. */
const pictures = /\.(?:png|jpe?g|tiff?|webp)$/i;

function asClasses(dir: string, files: readonly string[]): RecognizedDirectory | undefined {
  const names = [...new Set(files.map((name) => name.slice(0, Math.max(0, name.indexOf("/")))))];
  const isLayout = names.length >= 2 && !names.includes("") && files.every((name) => pictures.test(name));
  if (!isLayout || pairLabels(files).some(({ label }) => label !== undefined)) return undefined;
  const items = classifyImages(dir, files, [""], names);
  const counts = names.map((name, label) => `${name} ${items.filter((item) => item.label === label).length}`);
  const most = 8;
  const more = counts.length > most ? `, and ${counts.length - most} more` : "";
  return {
    layout: "classes",
    description: `${names.length} classes of images: ${counts.slice(0, most).join(", ")}${more}`,
    items: items.map(({ image, className }) => ({ id: relativeId(dir, image), image, className })),
    classNames: new Map(names.map((name, label) => [label, name])),
    modality: [],
  };
}

function asFiles(dir: string, files: readonly string[], series: readonly DicomItem[]): RecognizedDirectory {
  const pairs = pairLabels(files);
  const labeled = pairs.filter(({ label }) => label !== undefined).length;
  const modality = series.map((one) => one.modality ?? "unknown");
  const parts = [
    ...(series.length > 0 ? [`${series.length} DICOM series (${counts(modality)})`] : []),
    ...(pairs.length > 0 ? [imagesText(pairs.length, labeled)] : []),
  ];
  return {
    layout: pairs.length === 0 ? "dicom" : "files",
    description: parts.join(", "),
    items: [
      ...series.map((one) => ({ id: one.series || relative(dir, one.image), image: one.image })),
      ...pairs.map(({ image, label }) => ({
        id: image,
        image: join(dir, image),
        ...(label === undefined ? {} : { label: join(dir, label) }),
      })),
    ],
    classNames: new Map(),
    modality: [...new Set(modality)],
  };
}

function imagesText(count: number, labeled: number): string {
  if (labeled === 0) return plural(count, "image file");
  return labeled === count
    ? plural(count, "image file with a label", "image files with labels")
    : `${plural(count, "image file")}, ${labeled} with labels`;
}

/** `3 CT, 1 MR` */
function counts(names: readonly string[]): string {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  return [...found].map(([name, count]) => `${count} ${name}`).join(", ");
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
