/** What formats with a plain header and plain samples share: samples are decoded as they come, then looked at in their own order. */
import { FormatError } from "../../errors.ts";
import { copyContiguous } from "../../kernels/copy-strided.ts";
import { allocate, type Dtype, dtypeOf, type TypedArray } from "../../samples.ts";
import { type Affine, affineSpacing, identityAffine, invertAffine } from "../../volume/affine-matrix.ts";
import { axcodesOf } from "../../volume/axcodes.ts";
import { stridesFor } from "../../volume/strides.ts";
import { Volume } from "../../volume/volume.ts";
import type { ImageHeader } from "../format.ts";
import { type Datatype, datatypes } from "./datatypes.ts";
import { type Decoder, makeDecoder } from "./sample-decoder.ts";

/** So many bytes may follow the samples, or as many as there are samples. */
const longestSurplus = 16 * 2 ** 20;

/** One axis of stored samples. */
export interface StoredAxis {
  readonly size: number;
  /** Whether it runs through space; any other one (colours, components, time) becomes channels. */
  readonly isSpatial: boolean;
}

/** A header believed: what the samples are and where they lie in the world. */
export interface StoredImage {
  /** Name of the format and its variant. */
  readonly format: string;
  readonly datatype: Datatype;
  readonly littleEndian: boolean;
  /** The fastest one first; two or three of them spatial. */
  readonly axes: readonly StoredAxis[];
  readonly affine: Affine;
  /** Facts of the header, for `meta.header`. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The type of samples that consist of one real number each. */
export function realDatatype(number: Datatype["number"]): Datatype {
  const found = datatypes.find((known) => known.kind === "real" && known.number === number);
  if (!found) throw new TypeError(`${number} is no type of samples`);
  return found;
}

/**
 * Axes of the given sizes, checked. With fewer than two spatial axes, one of size 1 is added.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` for sizes that are zero, negative, no whole numbers or too large to be counted
 */
export function checkAxes(axes: readonly StoredAxis[], path: string): StoredAxis[] {
  const sizes = axes.map(({ size }) => size);
  const total = sizes.reduce((product, size) => product * size, 1);
  const isSound = sizes.length > 0 && sizes.every((size) => Number.isSafeInteger(size) && size > 0);
  if (!isSound || !Number.isSafeInteger(total * 32)) {
    throw badHeader(`the sizes ${sizes.join(" x ")} are of no image`, path);
  }
  const missing = 2 - axes.filter(({ isSpatial }) => isSpatial).length;
  return [...axes, ...Array.from({ length: Math.max(0, missing) }, () => ({ size: 1, isSpatial: true }))];
}

/** `[channels, x, y, z]` or `[channels, x, y]`. */
export function shapeOf(axes: readonly StoredAxis[]): number[] {
  const channels = axes.filter(({ isSpatial }) => !isSpatial).reduce((product, { size }) => product * size, 1);
  return [channels, ...axes.filter(({ isSpatial }) => isSpatial).map(({ size }) => size)];
}

/**
 * An affine in RAS+ mm from columns and an origin in LPS, which is what ITK, DICOM, MetaImage and most NRRD files speak.
 * A column that is left out becomes the unit normal of the others.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE` when it is not finite, or folds the image into a plane or less
 */
export function affineFromLps(
  columns: readonly (readonly number[])[],
  origin: readonly number[],
  path: string,
): Affine {
  const [x = [1, 0, 0], y = [0, 1, 0]] = columns;
  const affine = identityAffine();
  for (const [column, values] of [x, y, columns[2] ?? unitNormal(x, y), origin].entries()) {
    for (const row of [0, 1, 2]) {
      const value = values[row] ?? 0;
      affine[row * 4 + column] = row < 2 ? 0 - value : value;
    }
  }
  return checkAffine(affine, path);
}

/** @throws FormatError `VOXRX_BAD_AFFINE` */
export function checkAffine(affine: Affine, path: string): Affine {
  if (invertAffine(affine)) return affine;
  const numbers = affine.slice(0, 12).join(", ");
  const fault = affine.every(Number.isFinite) ? "has axes that are zero or parallel" : "is not finite";
  throw new FormatError("VOXRX_BAD_AFFINE", `the affine ${fault}: ${numbers}`, {
    file: path,
    remedy: "Correct the directions, spacing and origin in the header.",
  });
}

function unitNormal(x: readonly number[], y: readonly number[]): number[] {
  const [a = 0, b = 0, c = 0] = x;
  const [d = 0, e = 0, f = 0] = y;
  const normal = [b * f - c * e, c * d - a * f, a * e - b * d];
  const length = Math.hypot(...normal);
  return normal.map((value) => value / length);
}

/** What a header says of itself, in the words of every format. */
export function headerOf({ axes, affine, datatype, format, facts }: StoredImage): ImageHeader {
  const shape = shapeOf(axes);
  const rank = shape.length - 1;
  return {
    shape,
    dtype: datatype.name,
    affine,
    spacing: affineSpacing(affine, rank),
    axcodes: axcodesOf(affine, rank),
    format,
    header: facts,
  };
}

/** Takes the stored bytes of an image's samples in order, and no more of them than it announced. */
export class SampleSink {
  /** Bytes of samples that the header announces. */
  readonly wanted: number;
  readonly #decoder: Decoder;
  readonly #path: string;
  #taken = 0;

  /**
   * @param limit no more bytes than this can come: nothing is allocated for a header that announces more
   * @throws FormatError `VOXRX_TRUNCATED_FILE`
   */
  constructor(image: StoredImage, dtype: Dtype | "auto", limit: number, path: string) {
    const count = image.axes.reduce((product, { size }) => product * size, 1);
    this.wanted = count * image.datatype.bytes;
    this.#path = path;
    if (this.wanted > limit) throw this.#truncated(`at most ${Math.max(0, limit)}`);
    const { datatype, littleEndian } = image;
    this.#decoder = makeDecoder({ datatype, littleEndian, count, scaling: undefined, dtype, path });
  }

  /** Bytes that are still to come. */
  get missing(): number {
    return Math.max(0, this.wanted - this.#taken);
  }

  /** Takes bytes, which it may change. @throws FormatError `VOXRX_BAD_HEADER` when far more come than were announced */
  add(bytes: Uint8Array): void {
    if (this.missing > 0) this.#decoder.add(bytes.length > this.missing ? bytes.subarray(0, this.missing) : bytes);
    this.#taken += bytes.length;
    const most = this.wanted + Math.max(longestSurplus, this.wanted);
    if (this.#taken > most)
      throw badHeader(`more than ${most} bytes come where ${this.wanted} are announced`, this.#path);
  }

  /** The samples. @throws FormatError `VOXRX_TRUNCATED_FILE` */
  finish(): TypedArray {
    if (this.missing > 0) throw this.#truncated(`${this.#taken}`);
    return this.#decoder.finish();
  }

  #truncated(there: string): FormatError {
    return truncated(`the header announces ${this.wanted} bytes of samples, and ${there} are there`, this.#path);
  }
}

/** A volume over samples in the order of `image.axes`. They are copied only if the channels' axes lie apart. */
export function toVolume(samples: TypedArray, image: StoredImage, source: string): Volume {
  const { axes, affine, format, facts } = image;
  const steps = stepsOf(axes);
  const shape = shapeOf(axes);
  const meta = { source, format, header: facts };
  const spatial = steps.filter(({ isSpatial }) => isSpatial).map(({ step }) => step);
  const others = steps.filter(({ isSpatial, size }) => !isSpatial && size > 1);
  const first = others[0]?.step ?? samples.length;
  const isEven = others.every(
    ({ step }, at) => at === 0 || step === (others[at - 1]?.step ?? 0) * (others[at - 1]?.size ?? 0),
  );
  if (isEven) return new Volume({ data: samples, shape, strides: [first, ...spatial], affine, meta });
  const planes = allocate(dtypeOf(samples), samples.length);
  const strides = stridesFor(shape, "x-fastest");
  const voxels = samples.length / (shape[0] ?? 1);
  for (const [channel, offset] of offsetsOf(others).entries()) {
    const one = [1, ...shape.slice(1)];
    copyContiguous(samples, one, [0, ...spatial], offset, planes, strides, channel * voxels);
  }
  return new Volume({ data: planes, shape, layout: "x-fastest", affine, meta });
}

interface Step extends StoredAxis {
  readonly step: number;
}

function stepsOf(axes: readonly StoredAxis[]): Step[] {
  let step = 1;
  return axes.map((axis) => {
    const here = { ...axis, step };
    step *= axis.size;
    return here;
  });
}

/** Where each channel begins: the first axis counts fastest. */
function offsetsOf(axes: readonly Step[]): number[] {
  return axes.reduce<number[]>(
    (offsets, { size, step }) =>
      Array.from({ length: size }, (_, i) => offsets.map((offset) => offset + i * step)).flat(),
    [0],
  );
}

/** The error for a header that contradicts itself or its format. */
export function badHeader(fault: string, path: string, remedy?: string): FormatError {
  return new FormatError("VOXRX_BAD_HEADER", fault, {
    file: path,
    remedy: remedy ?? "The header is damaged or was written wrongly: write the file anew.",
  });
}

/** The error for a file that ends too early. */
export function truncated(fault: string, path: string): FormatError {
  return new FormatError("VOXRX_TRUNCATED_FILE", fault, {
    file: path,
    remedy: "Fetch the file again; a copy or download was interrupted.",
  });
}

/** The error for samples in a packing that is not read. */
export function unsupportedEncoding(fault: string, path: string, remedy: string): FormatError {
  return new FormatError("VOXRX_UNSUPPORTED_ENCODING", fault, { file: path, remedy });
}
