/**
 * Shared by formats with a header and plain samples: samples are decoded as they are read, then viewed in their stored
 * order.
 */
import { FormatError } from "../../errors.ts";
import type { Giving } from "../../files/byte-reader.ts";
import { copyStrided } from "../../kernels/copy-strided.ts";
import { allocateUnfilled, dtypeOf, type TypedArray } from "../../samples.ts";
import { type Affine, affineSpacing, identityAffine, invertAffine } from "../../volume/affine-matrix.ts";
import { axcodesOf } from "../../volume/axcodes.ts";
import { stridesFor } from "../../volume/strides.ts";
import { Volume } from "../../volume/volume.ts";
import type { ImageHeader } from "../format.ts";
import { badHeader, truncated } from "../format-faults.ts";
import { type Datatype, datatypes } from "./datatypes.ts";
import { type DecodePlan, type Decoder, makeDecoder, reserve, type Scaling } from "./sample-decoder.ts";

/**
 * How many bytes can follow samples of `bytes` bytes: some writers add padding, but most of the file must be samples.
 */
export function mostSurplus(bytes: number): number {
  return Math.max(16 * 2 ** 20, bytes);
}

/** One axis of stored samples. */
export interface StoredAxis {
  readonly size: number;
  /** Whether the axis is spatial; other axes (colors, components, time) become channels. */
  readonly isSpatial: boolean;
}

/** A validated header: the sample type, the layout and the affine. */
export interface StoredImage {
  /** Name of the format and its variant. */
  readonly format: string;
  readonly datatype: Datatype;
  readonly littleEndian: boolean;
  /** The fastest axis first; two or three are spatial. */
  readonly axes: readonly StoredAxis[];
  readonly affine: Affine;
  /** Applied to all samples in double precision. Default: none. */
  readonly scaling?: Scaling | undefined;
  /** Header fields for `meta.header`. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The sample type with one real number per sample. */
export function realDatatype(number: Datatype["number"]): Datatype {
  const found = datatypes.find((known) => known.kind === "real" && known.number === number);
  if (!found) throw new TypeError(`${number} is not a sample type`);
  return found;
}

/**
 * Validates axes. If there are fewer than two spatial axes, axes of size 1 are added.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` for sizes that are zero, negative, not integers or too large
 */
export function checkAxes(axes: readonly StoredAxis[], path: string): StoredAxis[] {
  const sizes = axes.map(({ size }) => size);
  const total = sizes.reduce((product, size) => product * size, 1);
  const isValid = sizes.length > 0 && sizes.every((size) => Number.isSafeInteger(size) && size > 0);
  if (!isValid || !Number.isSafeInteger(total * 32)) {
    throw badHeader(`the sizes ${sizes.join(" x ")} are invalid`, path);
  }
  const missing = 2 - axes.filter(({ isSpatial }) => isSpatial).length;
  return [...axes, ...Array.from({ length: Math.max(0, missing) }, () => ({ size: 1, isSpatial: true }))];
}

/** Size of the samples announced by a header, in bytes. */
export function announcedBytes({ axes, datatype }: StoredImage): number {
  return axes.reduce((product, { size }) => product * size, datatype.bytes);
}

/** `[channels, x, y, z]` or `[channels, x, y]`. */
function shapeOf(axes: readonly StoredAxis[]): number[] {
  const channels = axes.filter(({ isSpatial }) => !isSpatial).reduce((product, { size }) => product * size, 1);
  return [channels, ...axes.filter(({ isSpatial }) => isSpatial).map(({ size }) => size)];
}

/**
 * An affine in RAS+ mm from columns and an origin in LPS, as used by ITK, DICOM, MetaImage and most NRRD files. A
 * missing column becomes the unit normal of the others.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE` if it is not finite or singular
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

/** Converts a stored image to an {@link ImageHeader}. */
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

/** What samples become. */
export type SampleTarget = Pick<DecodePlan, "dtype" | "memory">;

/** Decodes the stored bytes of an image's samples in order, up to the announced size. */
export class SampleSink {
  /** Size of the samples announced by the header, in bytes. */
  readonly wanted: number;
  readonly #makeDecoder: () => Decoder;
  #decoder: Decoder | undefined;
  readonly #path: string;
  #taken = 0;

  /**
   * @param limit upper limit of the bytes available: if the header announces more, no memory is allocated
   * @throws FormatError `VOXRX_TRUNCATED_FILE`
   */
  constructor(image: StoredImage, { dtype, memory }: SampleTarget, limit: number, path: string) {
    this.wanted = announcedBytes(image);
    this.#path = path;
    if (this.wanted > limit) throw this.#truncated(`at most ${Math.max(0, limit)}`);
    const { datatype, littleEndian, scaling } = image;
    const count = this.wanted / datatype.bytes;
    this.#makeDecoder = () => makeDecoder({ datatype, littleEndian, count, scaling, dtype, memory, path });
  }

  /** Bytes still missing. */
  get missing(): number {
    return Math.max(0, this.wanted - this.#taken);
  }

  /** Adds bytes up to the announced size, and may modify them. */
  add(bytes: Uint8Array): void {
    const decoder = this.#made();
    if (this.missing > 0) decoder.add(bytes.length > this.missing ? bytes.subarray(0, this.missing) : bytes);
    this.#taken += bytes.length;
  }

  /** Adds bytes together with their memory, which can become that of the samples. */
  give(bytes: Uint8Array): void {
    if (!this.#takesAll(bytes.length)) return this.add(bytes);
    this.#made().give(bytes);
    this.#taken = bytes.length;
  }

  /** How the next `bytes` bytes are best given. */
  expects(bytes: number): Giving {
    const all = this.#takesAll(bytes);
    return {
      keeps: all && this.#made().keeps,
      roomFor: (before) => (all ? this.#made().roomFor(before) : allocateUnfilled(before + bytes)),
    };
  }

  #takesAll(bytes: number): boolean {
    return this.#taken === 0 && bytes === this.wanted;
  }

  #made(): Decoder {
    return (this.#decoder ??= this.#makeDecoder());
  }

  /** The samples. @throws FormatError `VOXRX_TRUNCATED_FILE` */
  finish(): TypedArray {
    if (this.missing > 0) throw this.#truncated(`${this.#taken}`);
    return this.#made().finish();
  }

  #truncated(there: string): FormatError {
    return truncated(`the header announces ${this.wanted} bytes of samples, but there are ${there}`, this.#path);
  }
}

/**
 * Creates a volume from samples in the order of `image.axes`. They are copied only if one stride can't describe the
 * channels.
 */
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
  const planes = reserve(dtypeOf(samples), samples.length, source);
  const strides = stridesFor(shape, "x-fastest");
  const voxels = samples.length / (shape[0] ?? 1);
  for (const [channel, offset] of offsetsOf(others).entries()) {
    const one = [1, ...shape.slice(1)];
    copyStrided(samples, one, [0, ...spatial], offset, planes, strides, channel * voxels);
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

/** Start of each channel; the first axis is fastest. */
function offsetsOf(axes: readonly Step[]): number[] {
  return axes.reduce<number[]>(
    (offsets, { size, step }) =>
      Array.from({ length: size }, (_, i) => offsets.map((offset) => offset + i * step)).flat(),
    [0],
  );
}
