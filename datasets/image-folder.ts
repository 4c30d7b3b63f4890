import { join, resolve } from "node:path";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { imageExtensions } from "../src/format/format-registry.ts";
import { checkOptions, nonEmptySchema } from "../src/options.ts";
import { listFiles } from "./list-files.ts";
import { compareNames } from "./partition-indices.ts";

/** Options of {@link imageFolder}. */
export interface ImageFolderOptions {
  /** Names of the classes, in the order of their labels. Default: the names of the directories, sorted. */
  readonly classes?: readonly string[];
  /**
   * Extensions of the image files, lower case. Default: those of all readable image formats, including registered ones.
   */
  readonly extensions?: readonly string[];
}

/** One image in the directory of its class. */
export interface ClassifiedImage {
  /** Absolute path. */
  readonly image: string;
  /** Index of the class, from 0. */
  readonly label: number;
  readonly className: string;
}

/**
 * The images in a directory with one subdirectory per class: `DIR/CLASS/…/NAME.EXT`. Sorted by class and name; the item
 * id is the path relative to the directory. An indexed dataset; the directory is read by the first run (torchvision:
 * `ImageFolder`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws FormatError `VOXRX_FILE_MISSING` if the directory doesn't exist, `VOXRX_EMPTY_FOLDER` if it contains no image
 * of a class
 * @example
 * ```ts
 * import { imageFolder } from "voxrx/datasets";
 * const slides = imageFolder("slides", { classes: ["benign", "malignant"] });
 * ```
 */
export function imageFolder(dir: string, options: ImageFolderOptions = {}): IndexedDataset<ClassifiedImage> {
  const { classes, extensions } = checkOptions("imageFolder", schema, options);
  const root = resolve(dir);
  const list = async ({ signal }: { readonly signal: AbortSignal }) =>
    classifyImages(root, await listFiles(root, signal), extensions, classes);
  return Dataset.lazy(list, {
    name: "imageFolder",
    id: ({ image }) => image.slice(root.length + 1).replaceAll("\\", "/"),
  });
}

const schema = v.strictObject({
  classes: v.optional(v.pipe(v.array(nonEmptySchema), v.minLength(1))),
  extensions: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^\.[^A-Z]*$/, 'expected an extension in lower case, such as ".png"'))),
      v.minLength(1),
    ),
    () => [...imageExtensions()],
  ),
});

/** The files that are images of a class, with their classes. */
export function classifyImages(
  root: string,
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
    return label === undefined ? [] : [{ image: join(root, name), label, className }];
  });
  if (items.length > 0) return items;
  throw new FormatError("VOXRX_EMPTY_FOLDER", "no class directory with an image was found", {
    file: root,
    remedy: "Give a directory with one subdirectory per class.",
  });
}
