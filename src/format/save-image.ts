/** Writes volumes to files of any writable format. */

import * as v from "valibot";
import { isVoxRxError, messageOf } from "../errors.ts";
import { FileTaken, type Replaceable, writeAtomically, writeFailed } from "../files/write-atomically.ts";
import { isInstance } from "../is-instance.ts";
import { checkOptions, numberSchema } from "../options.ts";
import { type Dtype, dtypes } from "../samples.ts";
import type { Volume } from "../volume/volume.ts";
import type { Format, WriteContext, WriteOptions } from "./format.ts";
import { formatToWrite, writableExtensions } from "./format-registry.ts";
import { asDtype } from "./samples/as-dtype.ts";

/** Options of {@link saveImage}. */
export interface SaveImageOptions extends WriteOptions {
  /**
   * Sample type of the file; for an integer type, values are rounded to the nearest and saturated. Default: the type of
   * the volume.
   */
  readonly dtype?: Dtype;
  /** Aborting rejects with its reason; no further file is started. */
  readonly signal?: AbortSignal | undefined;
}

/** An extension that can be written: a built-in one, or one of a registered format. */
export type SavedExtension = ".nii.gz" | ".nii" | ".nrrd" | ".npy" | ".png" | (string & Record<never, never>);

/**
 * Writes a volume to a file, in the format given by the extension: NIfTI (`.nii`, `.nii.gz`), NRRD (`.nrrd`), NumPy
 * (`.npy`, channels first; a plane of one channel as `[x, y]`), PNG or a registered one. A PNG stores a 2D image of 1
 * to 4 channels with 8 or 16 bits; a 3D image becomes one PNG per slice along z, `NAME_z000.png`. Files appear complete
 * or not at all. Returns the paths that were written.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_WRITE_FAILED`
 * @example
 * ```ts
 * import { saveImage, type Volume } from "voxrx";
 * declare const scan: Volume;
 * await saveImage(scan, "scan.nii.gz", { dtype: "int16" });
 * await saveImage(scan, "scan.png", { range: [-160, 240] });
 * ```
 */
export async function saveImage(volume: Volume, path: string, options: SaveImageOptions = {}): Promise<string[]> {
  return saveFiles(volume, path, options);
}

/** {@link saveImage} with a function that is called with the path of each file before it is written. */
export async function saveFiles(
  volume: Volume,
  path: string,
  options: SaveImageOptions,
  beforeFile?: BeforeFile,
): Promise<string[]> {
  const { dtype, signal, ...rest } = checkOptions("saveImage", schema, options);
  const format = formatToWrite(path);
  if (!format) {
    throw writeFailed(
      `the extension must be one of ${writableExtensions().join(", ")}`,
      path,
      "Use one of these extensions, or register a format that writes this one.",
    );
  }
  if (volume.size === 0)
    throw writeFailed(`the volume of shape [${volume.shape}] has no voxels`, path, "Save only volumes with voxels.");
  return writeAs(format, dtype === undefined ? volume : asDtype(volume, dtype), path, {
    options: rest,
    signal,
    beforeFile,
  });
}

/**
 * Called with the path of a file before it is written; a rejection stops the writing. Returns which files may be
 * replaced, if not any.
 */
export type BeforeFile = (path: string) => Promise<Replaceable | undefined>;

/** The values that become black and white. */
export const rangeSchema = v.pipe(
  v.strictTuple([numberSchema, numberSchema]),
  v.check(([low, high]) => low < high, "the lower end of a range comes first"),
);

const schema = v.strictObject({
  dtype: v.optional(v.picklist(dtypes as [Dtype, ...Dtype[]])),
  niftiVersion: v.optional(v.union([v.literal(1), v.literal(2)])),
  range: v.optional(rangeSchema),
  signal: v.optional(v.instance(AbortSignal)),
});

/** Writes a volume in the given format, whatever the file name. Returns the paths that were written. */
export async function writeAs(
  format: Format,
  volume: Volume,
  path: string,
  {
    options,
    signal,
    beforeFile,
  }: Pick<WriteContext, "options" | "signal"> & { readonly beforeFile?: BeforeFile | undefined },
): Promise<string[]> {
  const paths: string[] = [];
  const context: WriteContext = {
    name: path,
    options,
    signal,
    async writeFile(file, bytes) {
      signal?.throwIfAborted();
      const replaceable = await beforeFile?.(file);
      await writeAtomically(file, bytes, { replaceable });
      paths.push(file);
    },
  };
  try {
    signal?.throwIfAborted();
    if (format.write) await format.write(volume, path, context);
    else if (format.encode) await context.writeFile(path, await format.encode(volume, context));
    return paths;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (isVoxRxError(cause)) throw cause.locate({ file: path });
    if (isInstance(cause, FileTaken)) throw cause;
    const reason = messageOf(cause);
    const remedy = "See the cause: the format may not support images of this shape or type.";
    throw writeFailed(`the volume can't be written as ${format.name}: ${reason}`, path, remedy, cause);
  }
}
