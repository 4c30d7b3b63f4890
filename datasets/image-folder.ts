import { join, resolve } from "node:path";
import * as v from "valibot";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { brokenLink, type DirectoryTree, walkDirectory } from "../src/files/walk-directory.ts";
import { imageExtensions } from "../src/format/format-registry.ts";
import { compareNames } from "../src/name-order.ts";
import { checkOptions, nonEmptySchema } from "../src/options.ts";
import { warn } from "../src/warnings.ts";

/** Options of {@link imageFolder}. */
export interface ImageFolderOptions {
  /**
   * Names of the classes, in the order of their labels; other directories are skipped. Default: the names of the
   * directories, sorted.
   */
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
 * Every subdirectory is a class, also one without images, which keeps its label and is reported by the warning
 * `VOXRX_EMPTY_CLASS` (torchvision: an error). So parts of a study that have the same subdirectories have the same
 * labels. Links are followed; hidden files and directories are skipped.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING` if the directory doesn't exist or a link that may be a directory
 * leads nowhere, `VOXRX_FILE_UNREADABLE`, `VOXRX_EMPTY_FOLDER` if no class has an image
 * @example
 * ```ts
 * import { imageFolder } from "voxrx/datasets";
 * const slides = imageFolder("slides", { classes: ["benign", "malignant"] });
 * ```
 */
export function imageFolder(dir: string, options: ImageFolderOptions = {}): IndexedDataset<ClassifiedImage> {
  const { classes, extensions } = checkOptions("imageFolder", schema, options);
  const root = resolve(dir);
  const list = async ({ signal }: { readonly signal: AbortSignal }) => {
    const tree = await walkDirectory(root, signal);
    const names = tree.files.map(({ name }) => name).sort(compareNames);
    const known = classes ?? tree.dirs.filter((dir) => dir !== "" && !dir.includes("/")).sort(compareNames);
    refuseBrokenDirs(root, tree, classes, extensions);
    const items = classifyImages(root, names, extensions, known);
    warnOfEmptyClasses(root, items, known);
    return items;
  };
  return Dataset.lazy(list, {
    name: "imageFolder",
    id: ({ image }) => image.slice(root.length + 1).replaceAll("\\", "/"),
  });
}

const schema = v.strictObject({
  classes: v.optional(
    v.pipe(
      v.array(nonEmptySchema),
      v.minLength(1),
      v.check((names) => new Set(names).size === names.length, "expected different names, got one twice"),
    ),
  ),
  extensions: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^\.[^A-Z]*$/, 'expected an extension in lower case, such as ".png"'))),
      v.minLength(1),
    ),
    () => [...imageExtensions()],
  ),
});

// What a broken link to a directory held is unknown: a class and its label, or some of its images.
function refuseBrokenDirs(
  root: string,
  { files }: DirectoryTree,
  classes: readonly string[] | undefined,
  extensions: readonly string[],
): void {
  for (const { name, realPath } of files) {
    const [top = "", ...below] = name.split("/");
    const isListed = below.length > 0 && hasExtension(name, extensions);
    if (realPath === undefined && !isListed && (classes?.includes(top) ?? true)) throw brokenLink(join(root, name));
  }
}

function warnOfEmptyClasses(root: string, items: readonly ClassifiedImage[], classes: readonly string[]): void {
  const filled = new Set(items.map(({ label }) => label));
  const empty = classes.filter((_, label) => !filled.has(label));
  if (empty.length === 0) return;
  warn({
    code: "VOXRX_EMPTY_CLASS",
    message: `imageFolder: no image of ${empty.map((name) => JSON.stringify(name)).join(", ")} in ${root}`,
    detail: "The labels of the other classes stay the same. Remove an empty directory that is not a class.",
  });
}

function hasExtension(name: string, extensions: readonly string[]): boolean {
  return extensions.some((end) => name.toLowerCase().endsWith(end));
}

/** The files that are images of a class, with their classes. */
export function classifyImages(
  root: string,
  files: readonly string[],
  extensions: readonly string[],
  classes: readonly string[],
): ClassifiedImage[] {
  const labels = new Map(classes.map((name, label) => [name, label]));
  const items = files.flatMap((name): ClassifiedImage[] => {
    const className = name.slice(0, Math.max(0, name.indexOf("/")));
    const label = labels.get(className);
    if (label === undefined || !hasExtension(name, extensions)) return [];
    return [{ image: join(root, name), label, className }];
  });
  if (items.length > 0) return items;
  throw new FormatError("VOXRX_EMPTY_FOLDER", "no class directory with an image was found", {
    file: root,
    remedy: "Give a directory with one subdirectory per class.",
  });
}
