import { z } from "zod";
import { PipelineError } from "../../src/errors.ts";
import { makeFolderOf } from "../../src/files/write-whole.ts";
import { folderLayout } from "../../src/format/folder-layout.ts";
import { writableExtensions } from "../../src/format/format.ts";
import { type SavedExtension, saveImage, windowSchema } from "../../src/format/save-image.ts";
import { fieldOf } from "../../src/operator/fields.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { perField, valueFor } from "../../src/options.ts";
import { type Dtype, dtypes } from "../../src/samples.ts";
import { takePath } from "./shared/take-path.ts";

/** Options of {@link save}. */
export interface SaveOptions {
  /** Directory that files go into. Made if need be. */
  readonly dir: string;
  /**
   * Extension, which is the format: `.nii.gz`, `.nii`, `.nrrd`, `.npy`, `.png` or one that was registered; one for all keys or one for
   * each. Default `".nii.gz"`.
   */
  readonly ext?: SavedExtension | readonly SavedExtension[];
  /** What follows the subject's name; one for all keys or one for each. Default: the key; nothing for bare volumes. */
  readonly postfix?: string | readonly string[];
  /** A folder for each subject. Default true. */
  readonly separateFolder?: boolean;
  /** Field that holds the subject's name. Default: the name of the file that the volume was read from, else the item's id. */
  readonly subjectKey?: string;
  /** Directory that inputs were read from: folders below it are made again below `dir`. Default: they are not. */
  readonly dataRootDir?: string;
  /** Element type of the files; values are rounded to the nearest and kept within it. Default: the volumes' own. */
  readonly dtype?: Dtype | readonly Dtype[];
  /** For PNG: the values that become black and white. Default: values are pixels. */
  readonly window?: readonly [low: number, high: number];
}

/**
 * Writes volumes to files and passes items on; volumes say where they went in `meta.savedTo`, a list of paths. A path is
 * `DIR[/SUBJECT]/SUBJECT[_POSTFIX][_PATCH].EXT`, PATCH being `meta.patchIndex` where there is one. Files appear whole or not at all;
 * two items of a run that would write one path are an error.
 *
 * Opaque: writing is what it is for, and names may come from the item's id, so it is never cached. It runs in every epoch and writes the
 * files again, and a cached prefix ends before it; `explain()` says so. Put a cache before it. Matches MONAI's `SaveImaged`.
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
 *   invert({ keys: "pred", of: "image" }),
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
    dir: z.string().min(1),
    ext: perField(
      z.string().refine(isWritable, { error: () => `expected one of ${writableExtensions().join(", ")}` }),
    ).default(".nii.gz"),
    postfix: perField(z.string()).optional(),
    separateFolder: z.boolean().default(true),
    subjectKey: z.string().min(1).optional(),
    dataRootDir: z.string().min(1).optional(),
    dtype: perField(z.enum(dtypes)).optional(),
    window: windowSchema.optional(),
  },
  rules: [{ test: arePixels, fault: "dtype: a picture holds uint8 or uint16, or values between those of a window" }],
  each: async (volume, options, field, context) => {
    const { dir, separateFolder, subjectKey, dataRootDir, dtype, window } = options;
    const key = context.keys?.[field];
    const { patchIndex, source = context.key } = volume.meta;
    const path = folderLayout({
      dir,
      subject: subjectKey === undefined ? source : nameIn(context.item, subjectKey),
      postfix: options.postfix === undefined ? (key ?? "") : valueFor(options.postfix, field),
      ...(typeof patchIndex === "number" ? { idx: patchIndex } : {}),
      extension: valueFor(options.ext, field),
      separateFolder,
      ...(dataRootDir === undefined ? {} : { dataRootDir }),
    });
    takePath(path, `${context.key} ${key ?? ""}`, context.run);
    await makeFolderOf(path);
    context.signal.throwIfAborted();
    const savedTo = await saveImage(volume, path, {
      signal: context.signal,
      ...(dtype === undefined ? {} : { dtype: valueFor(dtype, field) }),
      ...(window === undefined ? {} : { window }),
    });
    return volume.withMeta({ savedTo });
  },
});

function isWritable(extension: string): boolean {
  return writableExtensions().includes(extension);
}

/** Whether no field is to be written as PNG with values that are not pixels. */
function arePixels(options: {
  readonly ext: string | readonly string[];
  readonly dtype?: Dtype | readonly Dtype[] | undefined;
  readonly window?: unknown;
}): boolean {
  const { ext, dtype, window } = options;
  if (dtype === undefined || window !== undefined) return true;
  const fields = Math.max([ext].flat().length, [dtype].flat().length);
  return Array.from({ length: fields }, (_, field) => field).every(
    (field) => valueFor(ext, field) !== ".png" || ["uint8", "uint16"].includes(valueFor(dtype, field)),
  );
}

function nameIn(item: unknown, key: string): string {
  const name = fieldOf(item, key);
  if (typeof name === "string" || typeof name === "number") return String(name);
  throw new PipelineError("VOXRX_WRONG_FIELD", `the field "${key}" does not hold the name of a subject`, {
    remedy: "Let subjectKey name a field with a string or a number.",
  });
}
