import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { FileTaken, makeDirectoryOf } from "../../src/files/write-atomically.ts";
import { pathOfResult } from "../../src/format/folder-layout.ts";
import { knownFormats, writableExtensions } from "../../src/format/format-registry.ts";
import { rangeSchema, type SavedExtension, saveFiles } from "../../src/format/save-image.ts";
import { nameOfId, subjectName } from "../../src/format/subject-name.ts";
import { isInstance } from "../../src/is-instance.ts";
import { fieldOf } from "../../src/operator/fields.ts";
import type { VolumeContext } from "../../src/operator/volume-operator.ts";
import { nonEmptySchema, perField, valueFor } from "../../src/options.ts";
import { type Dtype, dtypes } from "../../src/samples.ts";
import { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { refuseOwnInput, TakenPaths, writtenMeanwhile } from "./shared/taken-paths.ts";

/** Options of {@link save}. */
export interface SaveOptions {
  /** Directory to write files to. Created if missing. */
  readonly dir: string;
  /**
   * Extension, which chooses the format: `.nii.gz`, `.nii`, `.nrrd`, `.npy`, `.png` or one that was registered; one for
   * all keys or one for each. Default `".nii.gz"`.
   */
  readonly extension?: SavedExtension | readonly SavedExtension[];
  /** Suffix after the subject's name; one for all keys or one for each. Default: the key; none for bare volumes. */
  readonly postfix?: string | readonly string[];
  /** Whether each subject has its own directory. Default true. */
  readonly separateFolder?: boolean;
  /**
   * Field that holds the subject's name, or a path or URL, of which the base name is used. Default: the name of the
   * file that the volume was read from, else the item's id.
   */
  readonly subjectKey?: string;
  /** Directory that the inputs were read from: its subdirectories are recreated below `dir`. Default: they are not. */
  readonly sourceDir?: string;
  /**
   * Element type of the files; values are rounded to the nearest, and clamped to its range; one for all keys or one for
   * each. Default: that of each volume.
   */
  readonly dtype?: Dtype | readonly Dtype[];
  /** For PNG: the values written as black and white. Default: values are pixels. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * Writes volumes to files, and passes the items on with `meta.savedTo`, a list of the paths written, on their volumes.
 * A path is `DIR[/SUBJECT]/SUBJECT[_POSTFIX][_PATCH].EXT`, where PATCH is `meta.patchIndex`, if there is one. A file
 * appears complete or not at all.
 *
 * SUBJECT follows from the item alone, so it is the same in every run:
 * - a file: its name without the extension; a URL: the same, without user, query and hash
 * - `FILE.npz?array=NAME`: `FILE_NAME`
 * - a directory with one DICOM series: the name of the directory
 * - `DIR?series=UID`: `DIR_NUMBER_DESCRIPTION_DIGEST`, with the series number and description, and 8 digits that stand
 *   for the UID; `DIR_UID` if the volume has neither number nor description
 * - a sample of a shard: its key; an item that comes from no file: its id, with `_` for `/`
 *
 * Characters that a file system refuses, `=`, `&` and `#` become `_`, and a name of more than 160 bytes is cut. If two
 * items of a run would be written to one path, or one item by two operators, the second one is an error and the file
 * stays as the first one wrote it. Later epochs and later runs replace files. A file that another run or process wrote
 * while this run was under way is not replaced, nor is one that the item was read from: both are errors.
 *
 * Opaque, so it is never cached: its purpose is to write, and names can depend on the item's id. It runs in every epoch
 * and writes the files again, and a cached prefix ends before it; `explain()` says so. Put a cache before it. Matches
 * MONAI's `SaveImaged`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_WRITE_FAILED`
 * @throws PipelineError `VOXRX_PATH_COLLISION`, `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import type { Dataset, Volume } from "voxrx";
 * import { asDiscrete, invert, save } from "voxrx/operators";
 * declare const predictions: Dataset<{ image: Volume; pred: Volume }>;
 * const written = predictions.pipe(
 *   asDiscrete({ keys: "pred", argmax: true, dtype: "uint8" }),
 *   invert({ keys: "pred", origKey: "image" }),
 *   save({ keys: "pred", dir: "results", postfix: "seg" }),
 * );
 * await written.forEach(({ pred }) => console.log(pred.meta.savedTo));
 * ```
 */
export const save = volumeOperator<SaveOptions>()({
  name: "save",
  version: 1,
  opaque: true,
  options: {
    dir: nonEmptySchema,
    extension: v.optional(
      perField(
        v.pipe(
          v.string(),
          v.check(isWritable, () => `expected one of ${writableExtensions().join(", ")}`),
        ),
      ),
      ".nii.gz",
    ),
    postfix: v.optional(perField(v.string())),
    separateFolder: v.optional(v.boolean(), true),
    subjectKey: v.optional(nonEmptySchema),
    sourceDir: v.optional(nonEmptySchema),
    dtype: v.optional(perField(v.picklist(dtypes))),
    range: v.optional(rangeSchema),
  },
  rules: [{ test: arePixels, fault: "dtype: a PNG needs uint8 or uint16; set range to write other values" }],
  each: async (volume, options, field, context) => {
    const { dtype, range } = options;
    const key = context.keys?.[field];
    const path = resultPath(volume, options, field, context);
    await makeDirectoryOf(path);
    context.signal.throwIfAborted();
    const writer = { operator: options, id: context.id, index: context.index, key, epoch: context.run.epoch };
    const inputs = [volume, ...Object.values(Object(context.item)).filter((one) => one instanceof Volume)];
    const taken = new TakenPaths(context.run, writer, volume.meta.savedTo);
    try {
      const savedTo = await saveFiles(
        volume,
        path,
        {
          signal: context.signal,
          ...(dtype === undefined ? {} : { dtype: valueFor(dtype, field) }),
          ...(range === undefined ? {} : { range }),
        },
        async (file) => {
          await refuseOwnInput(file, inputs);
          return taken.take(file);
        },
      );
      return volume.withMeta({ savedTo });
    } catch (error) {
      taken.release();
      throw isInstance(error, FileTaken) ? writtenMeanwhile(path) : error;
    }
  },
});

type LayoutOptions = Pick<SaveOptions, "dir" | "extension" | "postfix" | "separateFolder" | "subjectKey" | "sourceDir">;

function resultPath(
  volume: Volume,
  options: LayoutOptions & { readonly extension: string | readonly string[] },
  field: number,
  { id, item, keys }: Pick<VolumeContext, "id" | "item" | "keys">,
): string {
  const { dir, separateFolder = true, subjectKey, sourceDir } = options;
  const { patchIndex, source, header } = volume.meta;
  const given = subjectKey === undefined ? undefined : nameIn(item, subjectKey);
  const name =
    given !== undefined
      ? subjectName(given)
      : source !== undefined
        ? subjectName(source, header)
        : nameOfId(id, imageExtensions());
  return pathOfResult(name, {
    dir,
    subject: given ?? source ?? id,
    postfix: options.postfix === undefined ? (keys?.[field] ?? "") : valueFor(options.postfix, field),
    ...(typeof patchIndex === "number" ? { idx: patchIndex } : {}),
    extension: valueFor(options.extension, field),
    separateFolder,
    ...(sourceDir === undefined ? {} : { sourceDir }),
  });
}

function imageExtensions(): string[] {
  return knownFormats().flatMap(({ extensions }) => extensions);
}

function isWritable(extension: string): boolean {
  return writableExtensions().includes(extension);
}

/** Whether all fields to write as PNG have values that are pixels. */
function arePixels(options: {
  readonly extension: string | readonly string[];
  readonly dtype?: Dtype | readonly Dtype[] | undefined;
  readonly range?: unknown;
}): boolean {
  const { extension, dtype, range } = options;
  if (dtype === undefined || range !== undefined) return true;
  const fields = Math.max([extension].flat().length, [dtype].flat().length);
  return Array.from({ length: fields }, (_, field) => field).every(
    (field) => valueFor(extension, field) !== ".png" || ["uint8", "uint16"].includes(valueFor(dtype, field)),
  );
}

function nameIn(item: unknown, key: string): string {
  const name = fieldOf(item, key);
  if (typeof name === "string" || typeof name === "number") return String(name);
  throw new PipelineError("VOXRX_WRONG_FIELD", `field "${key}" is ${typeof name}, not the name of a subject`, {
    remedy: "Set subjectKey to a field that holds a string or a number.",
  });
}
