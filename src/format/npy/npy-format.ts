/** NumPy's `.npy` files as images. */
import { identityAffine } from "../../volume/affine-matrix.ts";
import { Volume } from "../../volume/volume.ts";
import type { Format, ImageHeader } from "../format.ts";
import { badHeader } from "../format-faults.ts";
import { decodeAsFile, type ImageContext, withReader } from "../with-reader.ts";
import { encodeNpy } from "./encode-npy.ts";
import { type NpyArray, type NpyOptions, readNpy, readNpyHeader } from "./npy-array.ts";
import { isNpy, type NpyHeader } from "./npy-header.ts";

/**
 * Array files as images: `[x, y]` and `[x, y, z]` become one channel, `[c, x, y, z]` is channels first. Arrays have no
 * affine, so it is the identity.
 */
export const npyFormat: Format = {
  name: "npy",
  version: 1,
  extensions: [".npy"],
  sniff: (firstBytes) => isNpy(firstBytes),
  read: readImage,
  header: (path, context) =>
    withReader(path, context, async (reader) => headerOfArray(await readNpyHeader(reader), path)),
  decode: (bytes, context) => decodeAsFile(bytes, context, readImage),
  encode: encodeNpy,
};

async function readImage(path: string, context: ImageContext): Promise<Volume> {
  return withReader(path, context, async (reader) =>
    volumeOfArray(await readNpy(reader, imageOptions(path, context.dtype)), path),
  );
}

/** Options for reading an array as an image: other shapes are rejected before any number is read. */
export function imageOptions(path: string, dtype: NpyOptions["dtype"]): NpyOptions {
  return { ...(dtype === undefined ? {} : { dtype }), checkShape: (shape) => void imageShape(shape, path) };
}

/** Converts an array to an image. @throws FormatError `VOXRX_BAD_HEADER` for a shape that is not an image */
export function volumeOfArray({ data, shape, fortranOrder, storedAs }: NpyArray, path: string): Volume {
  return new Volume({
    data,
    shape: imageShape(shape, path),
    strides: stridesOf(shape, fortranOrder),
    meta: { source: path, format: "npy", header: { shape, fortranOrder, dtype: storedAs } },
  });
}

/** `[channels, x, y]` or `[channels, x, y, z]`. */
function imageShape(shape: readonly number[], path: string): number[] {
  if (shape.length < 2 || shape.length > 4 || shape.includes(0)) {
    throw badHeader(
      `an array of shape [${shape}] is not an image`,
      path,
      "Save it as [x, y], [x, y, z] or [c, x, y, z].",
    );
  }
  return shape.length === 4 ? [...shape] : [1, ...shape];
}

function stridesOf(shape: readonly number[], fortranOrder: boolean): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  const order = fortranOrder ? [...shape.keys()] : [...shape.keys()].reverse();
  let step = 1;
  for (const axis of order) {
    strides[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return shape.length === 4 ? strides : [step, ...strides];
}

/** The header of an array as the header of an image. */
export function headerOfArray({ shape, number, fortranOrder }: NpyHeader, path: string): ImageHeader {
  const sizes = imageShape(shape, path);
  const rank = sizes.length - 1;
  return {
    shape: sizes,
    dtype: number,
    affine: identityAffine(),
    spacing: new Array<number>(rank).fill(1),
    axcodes: "RAS".slice(0, rank),
    format: "npy",
    header: { shape, fortranOrder },
  };
}
