/** Image formats: what one is, which there are, and how a file finds its own. */
import { FormatError, OptionError } from "../errors.ts";
import { type ByteReader, openReader, readerOver } from "../files/byte-reader.ts";
import { bytesInMemory } from "../files/byte-source.ts";
import { type FileIdentity, identifyFile } from "../files/identify-file.ts";
import { fileFault } from "../files/image-file.ts";
import { type Dtype, dtypes } from "../samples.ts";
import type { Affine } from "../volume/affine-matrix.ts";
import type { Volume } from "../volume/volume.ts";
import { defineFormat, type FormatDeclaration } from "./define-format.ts";
import { dicomFormat } from "./dicom/dicom-format.ts";
import { metaImageFormat } from "./metaimage/metaimage-format.ts";
import { mghFormat } from "./mgh/mgh-format.ts";
import { niftiFormat } from "./nifti/nifti-format.ts";
import { npyFormat } from "./npy/npy-format.ts";
import { npzFormat } from "./npy/npz-format.ts";
import { nrrdFormat } from "./nrrd/nrrd-format.ts";
import { pictureFormat } from "./raster/raster-format.ts";

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

/** What a format is told when it decodes bytes in memory. */
export interface DecodeContext {
  /** Name that the bytes have: of a file, an entry of an archive, an address. For messages and `meta.source`. */
  readonly name: string;
  /** Type that the samples shall have; `auto` is for the format to choose. */
  readonly dtype: Dtype | "auto";
  readonly signal: AbortSignal | undefined;
}

/** Options of writing an image that depend on its format. */
export interface WriteOptions {
  /** Version of a NIfTI file. Default: 1, or 2 where a size exceeds 32767. */
  readonly niftiVersion?: 1 | 2 | undefined;
  /** For pictures of fractions, or of wide ranges: the values that become black and white, 8 bits. Default: values are pixels. */
  readonly window?: readonly [low: number, high: number] | undefined;
}

/** What a format is told when it encodes a volume. */
export interface EncodeContext {
  /** Name of the file, with the extension: it may decide, as between `.nii` and `.nii.gz`. */
  readonly name: string;
  readonly options: WriteOptions;
  readonly signal: AbortSignal | undefined;
}

/** What a format is told when it writes a volume. */
export interface WriteContext extends EncodeContext {
  /** Writes one file, which appears whole or not at all. */
  writeFile(path: string, bytes: EncodedBytes): Promise<void>;
}

/** Bytes of a file, or pieces of them that follow one another. */
export type EncodedBytes = Uint8Array | readonly Uint8Array[];

/** One image format. Everything that a pipeline needs of a format goes through this. {@link defineFormat} makes one. */
export interface Format {
  /** Name for messages. */
  readonly name: string;
  /** Bumped when the same file is read as something else, so that a cache reads it again. */
  readonly version: number;
  /** Extensions of file names, lower case, with the dot: `.nii`, `.nii.gz`. */
  readonly extensions: readonly string[];
  /** Those of {@link extensions} that can be written. Default: all, where there is {@link encode} or {@link write}. */
  readonly writableExtensions?: readonly string[] | undefined;
  /** Whether a file is of this format, by its first bytes (up to 1024, inflated if the file is gzip). */
  sniff(firstBytes: Uint8Array, path: string): boolean;
  /** Whether a path that is no plain file is of this format: a folder, a part of one. It then notes what it reads itself. */
  claims?(path: string): Promise<boolean>;
  read(path: string, context: ReadContext): Promise<Volume>;
  header(path: string, context: ReadContext): Promise<ImageHeader>;
  /** Reads an image that lies in memory. It may keep no part of `bytes` and change none. Left out: it can only be read from files. */
  decode?(bytes: Uint8Array, context: DecodeContext): Promise<Volume>;
  /** The bytes of a file that holds a volume. Left out, and {@link write} too: it can't be written. */
  encode?(volume: Volume, context: EncodeContext): EncodedBytes | Promise<EncodedBytes>;
  /** Writes a volume as one or several files, each by `context.writeFile`. Left out: one file of what {@link encode} gives. */
  write?(volume: Volume, path: string, context: WriteContext): Promise<void>;
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

/** How {@link decodeVolume} is told. */
export interface DecodeOptions extends Pick<ReadOptions, "dtype" | "signal"> {
  /** Name that the bytes have, with its ending: decides where the bytes do not, and stands in errors and `meta.source`. */
  readonly name: string;
}

const formats: Format[] = [
  niftiFormat,
  nrrdFormat,
  metaImageFormat,
  mghFormat,
  dicomFormat,
  npyFormat,
  npzFormat,
  pictureFormat,
];

/**
 * Makes a format known to {@link readVolume}, `load`, `saveImage` and `save`. The one registered last is asked first, and takes the
 * place of one of the same name.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` as {@link defineFormat}
 */
export function registerFormat(format: FormatDeclaration): void {
  const defined = defineFormat(format);
  const known = formats.findIndex(({ name }) => name === defined.name);
  if (known >= 0) formats.splice(known, 1);
  formats.unshift(defined);
}

/** What decides how a file is read, besides its bytes: the formats in the order in which they are asked, with their versions. */
export function formatsIdentity(): unknown {
  return formats.map(({ name, version }) => [name, version]);
}

/** Extensions that can be written, those of formats registered last first. */
export function writableExtensions(): readonly string[] {
  return [...new Set(formats.flatMap(extensionsWritten))];
}

/** The format that writes files of a name: the one with the longest extension that the name ends in, the one registered last first. */
export function formatToWrite(path: string): Format | undefined {
  const name = path.toLowerCase();
  const longestOf = (format: Format) =>
    Math.max(0, ...extensionsWritten(format).map((extension) => (name.endsWith(extension) ? extension.length : 0)));
  const longest = Math.max(...formats.map(longestOf));
  return longest > 0 ? formats.find((format) => longestOf(format) === longest) : undefined;
}

function extensionsWritten(format: Format): readonly string[] {
  return format.encode || format.write ? (format.writableExtensions ?? format.extensions) : [];
}

/**
 * Reads an image: NIfTI-1 and -2 (`.nii`, `.nii.gz`, `.hdr` with `.img`, plain or gzip), ANALYZE 7.5, NRRD, MetaImage, MGH, DICOM (a file,
 * a folder with one series, or `FOLDER?series=UID`), `.npy`, `.npz` (its only array, or `FILE.npz?array=NAME`), PNG, JPEG, TIFF, WebP, and what was registered with {@link registerFormat}. What the file holds decides, then
 * its name.
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

/**
 * Reads an image that lies in memory, as {@link readVolume} reads a file. The volume shares nothing with `bytes`.
 *
 * @throws FormatError as {@link readVolume}; `VOXRX_UNKNOWN_FORMAT` also for a format that can only be read from files
 * @example
 * ```ts
 * import { decodeVolume } from "voxrx";
 * declare const bytes: Uint8Array;
 * const volume = await decodeVolume(bytes, { name: "scan.nii.gz" });
 * ```
 */
export async function decodeVolume(bytes: Uint8Array, options: DecodeOptions): Promise<Volume> {
  const { name, dtype = "auto", signal } = options;
  checkDtype(dtype);
  const format = await formatOfBytes(bytes, name, signal);
  if (format.decode) return format.decode(bytes, { name, dtype, signal });
  throw new FormatError("VOXRX_UNKNOWN_FORMAT", `images of the format ${format.name} are only read from files`, {
    file: name,
    remedy: "Write the bytes to a file (extract() does it for archives) and load that.",
  });
}

/** The format of an image in memory. @throws FormatError `VOXRX_EMPTY_FILE`, `VOXRX_UNKNOWN_FORMAT` */
export async function formatOfBytes(bytes: Uint8Array, name: string, signal?: AbortSignal): Promise<Format> {
  signal?.throwIfAborted();
  if (bytes.length === 0) {
    throw new FormatError("VOXRX_EMPTY_FILE", "the image has no bytes", {
      file: name,
      remedy: "Fetch it again; a copy or download was interrupted.",
    });
  }
  return formatOf(
    await beginningOf(await readerOver(bytesInMemory(bytes, name), { signal, beginningOnly: true })),
    name,
  );
}

const partNames: ReadonlySet<string> = new Set([".hdr", ".img", ".hdr.gz", ".img.gz", ".nhdr", ".mhd"]);

/** Endings, lower case and with the dot, of images that {@link decodeVolume} can read; not those of one file of several. */
export function decodableExtensions(): ReadonlySet<string> {
  const decodable = formats.flatMap((format) => (format.decode ? format.extensions : []));
  return new Set(decodable.filter((extension) => !partNames.has(extension)));
}

function checkDtype(dtype: string): void {
  if (dtype === "auto" || dtypes.some((known) => known === dtype)) return;
  throw new OptionError("VOXRX_BAD_OPTION", `dtype is ${JSON.stringify(dtype)}`, {
    remedy: `Use "auto" or one of ${dtypes.join(", ")}.`,
  });
}

async function choose(path: string, options: ReadOptions): Promise<{ context: ReadContext; format: Format }> {
  const { dtype = "auto", signal, onFile } = options;
  checkDtype(dtype);
  signal?.throwIfAborted();
  const noteFile = async (file: string) => {
    const identity = await identifyFile(file).catch((cause) => {
      throw fileFault(cause, file);
    });
    onFile?.(identity);
  };
  const context = { dtype, signal, noteFile };
  for (const format of formats) if (await format.claims?.(path)) return { context, format };
  await noteFile(path);
  const firstBytes = await beginningOf(await openReader(path, { signal, beginningOnly: true }));
  return { context, format: formatOf(firstBytes, path) };
}

/** The format of an image by its first bytes (inflated), then by its name. @throws FormatError `VOXRX_UNKNOWN_FORMAT` */
function formatOf(firstBytes: Uint8Array, path: string): Format {
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

/** The first bytes of an image, inflated. Closes the reader. */
async function beginningOf(reader: ByteReader): Promise<Uint8Array> {
  try {
    return await reader.take(1024);
  } finally {
    await reader.close();
  }
}
