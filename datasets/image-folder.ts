import { join, resolve } from "node:path";
import { z } from "zod";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { checkOptions } from "../src/options.ts";
import { listFiles } from "./list-files.ts";
import { compareNames } from "./partition-indices.ts";

/** Options of {@link imageFolder}. */
export interface ImageFolderOptions {
  /** Names of the classes, in the order of their labels. Default: the names of the folders, sorted. */
  readonly classes?: readonly string[];
  /** Endings of the files that count, lower case. Default: those of images (`.nii.gz`, `.png`, `.jpg`, `.dcm`, `.npy` and others). */
  readonly extensions?: readonly string[];
}

/** One image of a folder of its class. */
export interface ClassifiedImage {
  /** Absolute path. */
  readonly image: string;
  /** Number of the class, from 0. */
  readonly label: number;
  readonly className: string;
}

const imageExtensions = [
  ...[".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd", ".mgh", ".mgz", ".dcm"],
  ...[".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".npy"],
];

/**
 * The images of a folder with one folder for each class: `DIR/CLASS/…/NAME.EXT`. Sorted by class and name; keyed by their path below the
 * folder. An indexed dataset; the folder is read when it is first run (torchvision: `ImageFolder`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws FormatError `VOXRX_FILE_MISSING` for a folder that is not there, `VOXRX_EMPTY_FOLDER` when it holds no image of a class
 * @example
 * ```ts
 * import { imageFolder } from "voxrx/datasets";
 * const slides = imageFolder("slides", { classes: ["benign", "malignant"] });
 * ```
 */
export function imageFolder(dir: string, options: ImageFolderOptions = {}): IndexedDataset<ClassifiedImage> {
  const { classes, extensions } = checkOptions("imageFolder", schema, options);
  const folder = resolve(dir);
  const list = async ({ signal }: { readonly signal: AbortSignal }) =>
    classified(folder, await listFiles(folder, signal), extensions, classes);
  return Dataset.lazy(list, {
    name: "imageFolder",
    key: ({ image }) => image.slice(folder.length + 1).replaceAll("\\", "/"),
  });
}

const schema = z.strictObject({
  classes: z.array(z.string().min(1)).min(1).optional(),
  extensions: z.array(z.string().startsWith(".").lowercase()).min(1).default(imageExtensions),
});

/** Which of the files are images of a class, and of which one. */
export function classified(
  folder: string,
  files: readonly string[],
  extensions: readonly string[],
  classes?: readonly string[],
): ClassifiedImage[] {
  const images = files.filter((name) => extensions.some((end) => name.toLowerCase().endsWith(end)));
  const found = new Set(images.flatMap((name) => (name.includes("/") ? [name.slice(0, name.indexOf("/"))] : [])));
  const names = classes ?? [...found].sort(compareNames);
  const labels = new Map(names.map((name, label) => [name, label]));
  const items = images.flatMap((name): ClassifiedImage[] => {
    const className = name.slice(0, Math.max(0, name.indexOf("/")));
    const label = labels.get(className);
    return label === undefined ? [] : [{ image: join(folder, name), label, className }];
  });
  if (items.length > 0) return items;
  throw new FormatError("VOXRX_EMPTY_FOLDER", "no folder of a class with an image in it was found", {
    file: folder,
    remedy: "Give the folder that holds one folder for each class.",
  });
}
