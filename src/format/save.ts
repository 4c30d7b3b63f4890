/** Volumes to files of any format that is written. */
import { basename, dirname, join } from "node:path";
import { encode as encodePng } from "fast-png";
import { z } from "zod";
import { saturate, scale } from "../kernels/decode.ts";
import { checkOptions } from "../options.ts";
import { copyContiguous } from "../volume/copy.ts";
import { allocate, type Dtype, dtypes, isIntegerDtype } from "../volume/samples.ts";
import type { Volume } from "../volume/volume.ts";
import { encodeNifti } from "./nifti/write.ts";
import { encodeNpy } from "./npy/write.ts";
import { encodeNrrd } from "./nrrd/write.ts";
import { writeFailed, writeWhole } from "./write-whole.ts";

/** Options of {@link saveImage}. */
export interface SaveImageOptions {
  /** Element type of the file; values are rounded to the nearest and kept within it. Default: the volume's own. */
  readonly dtype?: Dtype;
  /** Version of a NIfTI file. Default: 1, or 2 where a size exceeds 32767. */
  readonly niftiVersion?: 1 | 2;
  /** For pictures of fractions, or of wide ranges: the values that become black and white, 8 bits. Default: values are pixels. */
  readonly window?: readonly [low: number, high: number];
}

/** Endings that can be written. */
export const savedExtensions = [".nii.gz", ".nii", ".nrrd", ".npy", ".png"] as const;

/** An ending that can be written. */
export type SavedExtension = (typeof savedExtensions)[number];

/**
 * Writes a volume to a file, in the format of its name: NIfTI (`.nii`, `.nii.gz`), NRRD (`.nrrd`), NumPy (`.npy`, channels first; a plane of one channel as `[x, y]`) or PNG. A PNG holds a 2D
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
  const { dtype, niftiVersion, window } = checkOptions("saveImage", schema, options);
  const extension = savedExtensions.find((end) => path.toLowerCase().endsWith(end));
  if (!extension) {
    throw writeFailed(
      `the ending of the name is none of ${savedExtensions.join(", ")}`,
      path,
      "Give the file one of these endings.",
    );
  }
  if (volume.size === 0)
    throw writeFailed(`a volume of shape [${volume.shape}] holds no voxel`, path, "Save volumes with voxels.");
  const typed = dtype === undefined ? volume : rounded(volume, dtype);
  if (extension === ".png") return savePictures(typed, path, window);
  await writeWhole(path, await encoded(typed, extension, niftiVersion));
  return [path];
}

/** The values that become black and white. */
export const windowSchema = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, "the lower end of a window comes first");

const schema = z.strictObject({
  dtype: z.enum(dtypes as [Dtype, ...Dtype[]]).optional(),
  niftiVersion: z.union([z.literal(1), z.literal(2)]).optional(),
  window: windowSchema.optional(),
});

async function encoded(
  volume: Volume,
  extension: Exclude<SavedExtension, ".png">,
  version: 1 | 2 | undefined,
): Promise<Uint8Array | readonly Uint8Array[]> {
  if (extension === ".nrrd") return encodeNrrd(volume);
  if (extension === ".npy") return encodeNpy(volume);
  return encodeNifti(volume, { gzip: extension === ".nii.gz", ...(version === undefined ? {} : { version }) });
}

/** So many doubles at a time: they stay in the processor's nearest cache. */
const blockLength = 2048;

/** The volume with values rounded to the nearest and kept within a type; NaN becomes 0. */
function rounded(volume: Volume, dtype: Dtype): Volume {
  if (volume.dtype === dtype) return volume;
  if (!isIntegerDtype(dtype)) return volume.toContiguous("x-fastest", dtype);
  const { samples } = volume.toContiguous("x-fastest");
  const data = allocate(dtype, volume.size);
  for (let at = 0; at < volume.size; at += blockLength) {
    saturate(
      Float64Array.from(samples.subarray(at, Math.min(at + blockLength, volume.size))),
      data,
      at,
      ...boundsOf(dtype),
    );
  }
  return volume.withSamples({ data });
}

function boundsOf(dtype: Dtype): readonly [low: number, high: number] {
  const bits = 8 * allocate(dtype, 1).byteLength;
  return dtype.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

async function savePictures(
  volume: Volume,
  path: string,
  window: readonly [number, number] | undefined,
): Promise<string[]> {
  const planes = planesOf(volume, path);
  const stem = join(dirname(path), basename(path).slice(0, -".png".length));
  const digits = Math.max(3, String(planes.length - 1).length);
  const paths = planes.map((_, z) => (planes.length === 1 ? path : `${stem}_z${String(z).padStart(digits, "0")}.png`));
  for (const [z, plane] of planes.entries()) await writeWhole(paths[z] ?? path, pngOf(plane, path, window));
  return paths;
}

function planesOf(volume: Volume, path: string): Volume[] {
  if (volume.channels > 4) {
    throw writeFailed(
      `a picture has 1 to 4 channels, not ${volume.channels}`,
      path,
      "Select channels, or save as .npy.",
    );
  }
  if (volume.spatialShape.length === 2) return [volume];
  return Array.from({ length: volume.spatialShape[2] ?? 1 }, (_, z) => volume.slice(2, z));
}

function pngOf(plane: Volume, path: string, window: readonly [number, number] | undefined): Uint8Array {
  const [channels = 1, width = 1, height = 1] = plane.shape;
  const depth = plane.dtype === "uint16" && !window ? 16 : 8;
  if (!window && plane.dtype !== "uint8" && plane.dtype !== "uint16") {
    throw writeFailed(
      `values of type ${plane.dtype} are no pixels`,
      path,
      "Say which values become black and white: window: [low, high]; or ask for dtype uint8 or uint16.",
    );
  }
  const { samples, shape, strides, offset, size } = plane;
  const together = [1, channels, channels * width];
  const data = depth === 16 ? new Uint16Array(size) : new Uint8Array(size);
  if (!window) copyContiguous(samples, shape, strides, offset, data, together);
  else {
    const values = new Float64Array(size);
    copyContiguous(samples, shape, strides, offset, values, together);
    const slope = 255 / (window[1] - window[0]);
    scale(values, slope, -window[0] * slope);
    saturate(values, data, 0, 0, 255);
  }
  return encodePng({ width, height, data, channels, depth });
}
