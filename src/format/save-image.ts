/** Volumes to files of any format that is written. */
import { z } from "zod";
import { isVoxRxError } from "../errors.ts";
import { writeFailed, writeWhole } from "../files/write-whole.ts";
import { checkOptions } from "../options.ts";
import { type Dtype, dtypes } from "../samples.ts";
import type { Volume } from "../volume/volume.ts";
import { type Format, formatToWrite, type WriteContext, type WriteOptions, writableExtensions } from "./format.ts";
import { asDtype } from "./samples/as-dtype.ts";

/** Options of {@link saveImage}. */
export interface SaveImageOptions extends WriteOptions {
  /** Element type of the file; values are rounded to the nearest and kept within it. Default: the volume's own. */
  readonly dtype?: Dtype;
  /** Aborting rejects with its reason; no further file is begun. */
  readonly signal?: AbortSignal | undefined;
}

/** An extension that can be written: ours, or one of a format that was registered. */
export type SavedExtension = ".nii.gz" | ".nii" | ".nrrd" | ".npy" | ".png" | (string & Record<never, never>);

/**
 * Writes a volume to a file, in the format of its name: NIfTI (`.nii`, `.nii.gz`), NRRD (`.nrrd`), NumPy (`.npy`, channels first; a plane of one channel as `[x, y]`), PNG
 * or one that was registered. A PNG holds a 2D
 * image of 1 to 4 channels, of 8 or 16 bits; a 3D one becomes a picture for each slice across z, `NAME_z000.png`. Files appear whole or not at all.
 * Gives the paths that were written.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; FormatError `VOXRX_WRITE_FAILED`
 * @example
 * ```ts
 * import { saveImage, type Volume } from "voxrx";
 * declare const scan: Volume;
 * await saveImage(scan, "scan.nii.gz", { dtype: "int16" });
 * await saveImage(scan, "scan.png", { window: [-160, 240] });
 * ```
 */
export async function saveImage(volume: Volume, path: string, options: SaveImageOptions = {}): Promise<string[]> {
  const { dtype, signal, ...rest } = checkOptions("saveImage", schema, options);
  const format = formatToWrite(path);
  if (!format) {
    throw writeFailed(
      `the extension of the name is none of ${writableExtensions().join(", ")}`,
      path,
      "Give the file one of these extensions, or register a format that writes it.",
    );
  }
  if (volume.size === 0)
    throw writeFailed(`a volume of shape [${volume.shape}] holds no voxel`, path, "Save volumes with voxels.");
  return writeAs(format, dtype === undefined ? volume : asDtype(volume, dtype), path, { options: rest, signal });
}

/** The values that become black and white. */
export const windowSchema = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, "the lower end of a window comes first");

const schema = z.strictObject({
  dtype: z.enum(dtypes as [Dtype, ...Dtype[]]).optional(),
  niftiVersion: z.union([z.literal(1), z.literal(2)]).optional(),
  window: windowSchema.optional(),
  signal: z.instanceof(AbortSignal).optional(),
});

/** Writes a volume in a format, whatever the name of the file. Gives the paths that were written. */
export async function writeAs(
  format: Format,
  volume: Volume,
  path: string,
  { options, signal }: Pick<WriteContext, "options" | "signal">,
): Promise<string[]> {
  const paths: string[] = [];
  const context: WriteContext = {
    name: path,
    options,
    signal,
    async writeFile(file, bytes) {
      signal?.throwIfAborted();
      await writeWhole(file, bytes);
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
    const said = cause instanceof Error ? cause.message : String(cause);
    const remedy = "See the cause: the format may not hold images of this shape or type.";
    throw writeFailed(`the volume can't be written as ${format.name}: ${said}`, path, remedy, cause);
  }
}
