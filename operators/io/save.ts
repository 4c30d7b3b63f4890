import { z } from "zod";
import {
  type FieldOptions,
  fieldOf,
  type ItemOf,
  keysOf,
  type VolumeOrFields,
  volumeOf,
} from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import type { ItemContext } from "../../src/dataset/transform.ts";
import { PipelineError } from "../../src/errors.ts";
import { folderLayout } from "../../src/format/folder-layout.ts";
import { type SavedExtension, savedExtensions, saveImage, windowSchema } from "../../src/format/save.ts";
import { makeFolderOf } from "../../src/format/write-whole.ts";
import { checkOptions, fieldShape, perField, valueFor } from "../../src/options.ts";
import { type Dtype, dtypes } from "../../src/volume/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { PathsOfRuns } from "./paths-of-runs.ts";

/** Options of {@link save}. */
export interface SaveOptions<K extends string = never> extends FieldOptions<K> {
  /** Folder that files go into. Made if need be. */
  readonly dir: string;
  /** Ending, which is the format: `.nii.gz`, `.nii`, `.nrrd`, `.npy` or `.png`; one for all keys or one for each. Default `".nii.gz"`. */
  readonly ext?: SavedExtension | readonly SavedExtension[];
  /** Put behind the subject's name; one for all keys or one for each. Default: the key; nothing for bare volumes. */
  readonly postfix?: string | readonly string[];
  /** A folder for each subject. Default true. */
  readonly separateFolder?: boolean;
  /** Field that holds the subject's name. Default: the name of the file that the volume was read from, else the item's key. */
  readonly subjectKey?: string;
  /** Folder that inputs were read from: folders below it come again below `dir`. Default: they do not. */
  readonly dataRootDir?: string;
  /** Element type of the files; values are rounded to the nearest and kept within it. Default: the volumes' own. */
  readonly dtype?: Dtype | readonly Dtype[];
  /** For PNG: the values that become black and white. Default: values are pixels. */
  readonly window?: readonly [low: number, high: number];
}

/**
 * Writes volumes to files and passes items on; volumes say where they went in `meta.savedTo`, a list of paths. A path is
 * `DIR[/SUBJECT]/SUBJECT[_POSTFIX][_PATCH].EXT`, PATCH being `meta.patchIndex` where there is one. Files appear whole or not at all; two items that would write
 * one path are an error. It runs in every epoch: a cache ends before it. Matches MONAI's `SaveImaged`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_WRITE_FAILED`; PipelineError `VOXRX_PATH_COLLISION`, `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
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
export function save<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: SaveOptions<K>,
): VolumeOrFields<K, T> {
  const checked = checkOptions("save", schema, options);
  const keys = keysOf(options);
  const paths = new PathsOfRuns();
  return transformOperator<unknown, unknown, VolumeOrFields<K, T>>({
    name: "save",
    version: 1,
    options: checked,
    kind: "opaque",
    async apply(item, context) {
      if (!keys) return savedVolume(volumeOf(item), item, undefined, 0, checked, context, paths);
      const saved: [string, Volume][] = [];
      for (const [field, key] of keys.entries()) {
        if (checked.allowMissingKeys && !hasField(item, key)) continue;
        saved.push([key, await savedVolume(volumeOf(item, key), item, key, field, checked, context, paths)]);
      }
      return Object.assign({}, item, Object.fromEntries(saved));
    },
  });
}

const schema = z
  .strictObject({
    ...fieldShape,
    dir: z.string().min(1),
    ext: perField(z.enum(savedExtensions)).default(".nii.gz"),
    postfix: perField(z.string()).optional(),
    separateFolder: z.boolean().default(true),
    subjectKey: z.string().min(1).optional(),
    dataRootDir: z.string().min(1).optional(),
    dtype: perField(z.enum(dtypes as [Dtype, ...Dtype[]])).optional(),
    window: windowSchema.optional(),
  })
  .refine(arePixels, {
    message: "a picture holds uint8 or uint16, or values between those of a window",
    path: ["dtype"],
  });

/** Whether no field is to be written as PNG with values that are no pixels. */
function arePixels(options: {
  readonly ext: string | string[];
  readonly dtype?: Dtype | Dtype[] | undefined;
  readonly window?: unknown;
}): boolean {
  const { ext, dtype, window } = options;
  if (dtype === undefined || window !== undefined) return true;
  const fields = Math.max([ext].flat().length, [dtype].flat().length);
  return Array.from({ length: fields }, (_, field) => field).every(
    (field) => valueFor(ext, field) !== ".png" || ["uint8", "uint16"].includes(valueFor(dtype, field)),
  );
}

async function savedVolume(
  volume: Volume,
  item: unknown,
  key: string | undefined,
  field: number,
  options: z.output<typeof schema>,
  context: ItemContext,
  paths: PathsOfRuns,
): Promise<Volume> {
  const { dir, separateFolder, subjectKey, dataRootDir, dtype, window } = options;
  const { patchIndex } = volume.meta;
  const path = folderLayout({
    dir,
    subject: subjectKey === undefined ? (volume.meta.source ?? context.key) : nameIn(item, subjectKey),
    postfix: options.postfix === undefined ? (key ?? "") : valueFor(options.postfix, field),
    ...(typeof patchIndex === "number" ? { idx: patchIndex } : {}),
    extension: valueFor(options.ext, field),
    separateFolder,
    ...(dataRootDir === undefined ? {} : { dataRootDir }),
  });
  paths.take(path, `${context.key} ${key ?? ""}`, context.run);
  await makeFolderOf(path);
  context.signal.throwIfAborted();
  const savedTo = await saveImage(volume, path, {
    ...(dtype === undefined ? {} : { dtype: valueFor(dtype, field) }),
    ...(window === undefined ? {} : { window }),
  });
  return volume.withMeta({ savedTo });
}

function nameIn(item: unknown, key: string): string {
  const name = fieldOf(item, key);
  if (typeof name === "string" || typeof name === "number") return String(name);
  throw new PipelineError("VOXRX_WRONG_FIELD", `the field "${key}" holds no name of a subject`, {
    remedy: "Let subjectKey name a field with a text or a number.",
  });
}

function hasField(item: unknown, key: string): boolean {
  return typeof item === "object" && item !== null && Reflect.get(item, key) !== undefined;
}
