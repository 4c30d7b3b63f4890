/** Image formats: what one is, which there are, and how a file finds its own. */
import { FormatError, OptionError } from "../errors.ts";
import { type FileIdentity, identifyFile } from "../fingerprint/file.ts";
import type { Affine } from "../volume/affine.ts";
import { type Dtype, dtypes } from "../volume/samples.ts";
import type { Volume } from "../volume/volume.ts";
import { fileFault } from "./file.ts";
import { niftiFormat } from "./nifti/read.ts";
import { openReader } from "./reader.ts";

/** What a file says of itself, without its samples. */
export interface ImageHeader {
  /** `[channels, x, y, z]`, or `[channels, x, y]`: the shape of the volume that reading gives. */
  readonly shape: readonly number[];
  /** Type of the samples on disk, in the format's words: `int16`, `rgb24`, `complex64`. */
  readonly dtype: string;
  /** Voxel index to RAS+ mm, 16 numbers, row-major. */
  readonly affine: Affine;
  /** Voxel size along each spatial axis, in mm. */
  readonly spacing: readonly number[];
  /** Letters of the positive end of each spatial axis, such as `RAS`. */
  readonly axcodes: string;
  /** Name of the format and its variant, such as `nifti1`. */
  readonly format: string;
  /** Facts of the header, in the format's own words. JSON only. */
  readonly header: Readonly<Record<string, unknown>>;
}

/** What a format is told when it reads. */
export interface ReadContext {
  /** Type that the samples shall have; `auto` is for the format to choose. */
  readonly dtype: Dtype | "auto";
  readonly signal: AbortSignal | undefined;
  /** To be awaited before any file besides the one asked for is read: notes what it is. */
  noteFile(path: string): Promise<void>;
}

/** One image format. Everything that a pipeline needs of a format goes through this. */
export interface Format {
  /** Name for messages. */
  readonly name: string;
  /** Endings of file names, lower case, with the dot: `.nii`, `.nii.gz`. */
  readonly extensions: readonly string[];
  /** Whether a file is of this format, by its first bytes (up to 1024, inflated if the file is gzip). */
  sniff(firstBytes: Uint8Array, path: string): boolean;
  read(path: string, context: ReadContext): Promise<Volume>;
  header(path: string, context: ReadContext): Promise<ImageHeader>;
}

/** How {@link readVolume} is told. */
export interface ReadOptions {
  /**
   * Type that the samples shall have. Default `"auto"`: integers that need no scaling keep their type (64-bit ones become 32-bit
   * if all values fit, else float64), everything else becomes float32. To an integer type, values are rounded to the nearest
   * and saturated.
   */
  readonly dtype?: Dtype | "auto";
  /** Aborting rejects with its reason at once and closes the file. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every file that is read (a pair has two), as it was before reading began. */
  readonly onFile?: (identity: FileIdentity) => void;
}

const formats: Format[] = [niftiFormat];

/** Makes a format known to {@link readVolume} and `load`. The one registered last is asked first. */
export function registerFormat(format: Format): void {
  const known = formats.findIndex(({ name }) => name === format.name);
  if (known >= 0) formats.splice(known, 1);
  formats.unshift(format);
}

/**
 * Reads an image: NIfTI-1 and -2 (`.nii`, `.nii.gz`, `.hdr` with `.img`, plain or gzip), ANALYZE 7.5, and what was registered with
 * {@link registerFormat}. What the file holds decides, then its name.
 *
 * The volume is `[channels, x, y, z]` (a 2D file: `[channels, x, y]`) with x fastest, as on disk; dimensions 4 to 7 become
 * channels, colours and the parts of complex numbers too. Scaling by the header is applied, in double, rounded once.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`, `VOXRX_EMPTY_FILE`, `VOXRX_TRUNCATED_FILE`,
 * `VOXRX_UNKNOWN_FORMAT`, `VOXRX_BAD_HEADER`, `VOXRX_BAD_COMPRESSION`, `VOXRX_BAD_AFFINE`, `VOXRX_UNSUPPORTED_DTYPE`
 * @example
 * ```ts
 * import { readVolume } from "voxrx";
 * const volume = await readVolume("scan.nii.gz", { dtype: "float32" });
 * console.log(volume.shape, volume.spacing, volume.axcodes);
 * ```
 */
export async function readVolume(path: string, options: ReadOptions = {}): Promise<Volume> {
  const { context, format } = await choose(path, options);
  return format.read(path, context);
}

/**
 * Reads what a file says of itself: shape, type, affine. Of a large file only the beginning is read, and inflated.
 *
 * @throws FormatError as {@link readVolume}; damage behind the header is not seen
 * @example
 * ```ts
 * import { readHeader } from "voxrx";
 * const { shape, spacing, axcodes } = await readHeader("scan.nii.gz");
 * ```
 */
export async function readHeader(path: string, options: Omit<ReadOptions, "dtype"> = {}): Promise<ImageHeader> {
  const { context, format } = await choose(path, options);
  return format.header(path, context);
}

async function choose(path: string, options: ReadOptions): Promise<{ context: ReadContext; format: Format }> {
  const { dtype = "auto", signal, onFile } = options;
  if (dtype !== "auto" && !dtypes.includes(dtype)) {
    throw new OptionError("VOXRX_BAD_OPTION", `dtype is ${JSON.stringify(dtype)}`, {
      remedy: `Use "auto" or one of ${dtypes.join(", ")}.`,
    });
  }
  signal?.throwIfAborted();
  const noteFile = async (file: string) => {
    const identity = await identifyFile(file).catch((cause) => {
      throw fileFault(cause, file);
    });
    onFile?.(identity);
  };
  await noteFile(path);
  return { context: { dtype, signal, noteFile }, format: await formatOf(path, signal) };
}

async function formatOf(path: string, signal: AbortSignal | undefined): Promise<Format> {
  const firstBytes = await readBeginning(path, signal);
  const name = path.toLowerCase();
  const format =
    formats.find((candidate) => candidate.sniff(firstBytes, path)) ??
    formats.find(({ extensions }) => extensions.some((extension) => name.endsWith(extension)));
  if (format) return format;
  throw new FormatError(
    "VOXRX_UNKNOWN_FORMAT",
    "neither the first bytes of the file nor its name is of a known format",
    {
      file: path,
      remedy: `Give a file of one of the formats ${formats.map((known) => known.name).join(", ")}.`,
    },
  );
}

async function readBeginning(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const reader = await openReader(path, { signal, beginningOnly: true });
  try {
    return await reader.take(1024);
  } finally {
    await reader.close();
  }
}
