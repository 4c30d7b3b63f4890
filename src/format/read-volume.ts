/**
 * Reads images of all formats: a file is opened once, its first bytes select the format, which reads on from there.
 */
import { FormatError, OptionError } from "../errors.ts";
import { type ByteReader, readerOver } from "../files/byte-reader.ts";
import { bytesInMemory } from "../files/byte-source.ts";
import type { FileIdentity } from "../files/file-identity.ts";
import { HashedSource } from "../files/hashed-source.ts";
import { ImageFile } from "../files/image-file.ts";
import type { ResultMemory } from "../memory/result-memory.ts";
import { type Dtype, dtypes } from "../samples.ts";
import type { Volume } from "../volume/volume.ts";
import type { Format, ImageHeader } from "./format.ts";
import { knownFormats } from "./format-registry.ts";
import { joinFiles } from "./join-files.ts";
import { noteFilesTo } from "./note-files.ts";
import { type BytesContext, closing, type ImageContext } from "./with-reader.ts";

/** Options of {@link readVolume}. */
export interface ReadOptions {
  /**
   * Type of the samples. Default `"auto"`: integers that need no scaling keep their type (64-bit ones become 32-bit if
   * all values fit, else float64), everything else becomes float32. For an integer type, values are rounded to the
   * nearest and saturated.
   */
  readonly dtype?: Dtype | "auto";
  /** Aborting rejects with its reason at once and closes the file. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with the identity of every file that was read (a pair has two), with a hash of its content; also of one that
   * could be opened, but is not a valid image. Without it nothing is hashed.
   */
  readonly onFile?: (identity: FileIdentity) => void;
}

/** Options of {@link decodeVolume}. */
export interface DecodeOptions extends Pick<ReadOptions, "dtype" | "signal"> {
  /**
   * Name of the bytes, with an extension: selects the format if the bytes don't, and is used in errors and
   * `meta.source`.
   */
  readonly name: string;
}

/** Number of bytes used to detect the format. */
const sniffedBytes = 1024;

/**
 * Reads an image: NIfTI-1 and -2 (`.nii`, `.nii.gz`, `.hdr` with `.img`, plain or gzip), ANALYZE 7.5, NRRD, MetaImage,
 * MGH, DICOM (a file, a directory with one series, or `DIR?series=UID`), `.npy`, `.npz` (its only array, or
 * `FILE.npz?array=NAME`), PNG, JPEG, TIFF, WebP, and formats added with `registerFormat`. The format is detected from
 * the content of the file, then from its name.
 *
 * The volume is `[channels, x, y, z]` (for a 2D file `[channels, x, y]`) with x fastest, as on disk. Dimensions 4 to 7,
 * colors and the parts of complex numbers become channels. Scaling from the header is applied in double precision and
 * rounded once. Lengths in other units are converted to mm; pixels of pictures are as stored, without color management.
 *
 * A list of paths is one image of several files: their channels in the order of the list, with the affine of the first
 * (MONAI: `LoadImage`). All must have one spatial shape and, to a hundredth of a voxel, one affine.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for files of one image that do not fit together
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`, `VOXRX_EMPTY_FILE`, `VOXRX_TRUNCATED_FILE`,
 * `VOXRX_UNKNOWN_FORMAT`, `VOXRX_BAD_HEADER`, `VOXRX_BAD_COMPRESSION`, `VOXRX_BAD_AFFINE`, `VOXRX_UNSUPPORTED_DTYPE`
 * @example
 * ```ts
 * import { readVolume } from "voxrx";
 * const volume = await readVolume("scan.nii.gz", { dtype: "float32" });
 * console.log(volume.shape, volume.spacing, volume.axcodes);
 * ```
 */
export async function readVolume(path: string | readonly string[], options: ReadOptions = {}): Promise<Volume> {
  if (typeof path !== "string") return joinFiles(checkedPaths(path), (file) => readVolume(file, options));
  // Only what is public: a user's format may pass on the whole context that it received.
  const { dtype = "auto", signal, onFile } = options;
  return readImage(path, { dtype, signal, ...(onFile === undefined ? {} : { onFile }) });
}

/** What the engine reads with: besides the options, where the samples are put. */
export interface ReadRequest extends ReadOptions {
  readonly memory?: ResultMemory | undefined;
}

/** {@link readVolume} of one file, for the engine. */
export async function readImage(path: string, request: ReadRequest): Promise<Volume> {
  return withFormat(path, request, (format, context) => format.read(path, context));
}

function checkedPaths(paths: readonly string[]): readonly string[] {
  if (paths.length > 0) return paths;
  throw new OptionError("VOXRX_BAD_OPTION", "the list of paths is empty", { remedy: "Give at least one path." });
}

/**
 * Reads the header of a file: shape, type, affine. Only the start of a large file is read and inflated.
 *
 * @throws FormatError as {@link readVolume}; damage after the header is not detected
 * @example
 * ```ts
 * import { readHeader } from "voxrx";
 * const { shape, spacing, axcodes } = await readHeader("scan.nii.gz");
 * ```
 */
export async function readHeader(path: string, options: Omit<ReadOptions, "dtype"> = {}): Promise<ImageHeader> {
  return withFormat(path, options, (format, context) => format.header(path, context));
}

/**
 * Decodes an image in memory, as {@link readVolume} reads a file. The volume shares no memory with `bytes`.
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
  return decodeImage(bytes, { name, dtype, signal });
}

/** {@link decodeVolume}, for the engine. */
export async function decodeImage(bytes: Uint8Array, request: DecodeRequest): Promise<Volume> {
  return decodeOr(bytes, request, async (format) => {
    throw new FormatError("VOXRX_UNKNOWN_FORMAT", `images of the format ${format.name} can only be read from files`, {
      file: request.name,
      remedy: "Write the bytes to a file and load that; for archives, use extract().",
    });
  });
}

/** As {@link ReadRequest}, for {@link decodeOr}. */
export type DecodeRequest = DecodeOptions & Pick<ReadRequest, "memory">;

/** {@link decodeVolume} with a fallback for formats that can only be read from files. */
export async function decodeOr(
  bytes: Uint8Array,
  { name, dtype = "auto", signal, memory }: DecodeRequest,
  fallback: (format: Format) => Promise<Volume>,
): Promise<Volume> {
  checkDtype(dtype);
  signal?.throwIfAborted();
  if (bytes.length === 0) {
    throw new FormatError("VOXRX_EMPTY_FILE", "the image has no bytes", {
      file: name,
      remedy: "Copy or download it again: it was interrupted.",
    });
  }
  return closing(await readerOver(bytesInMemory(bytes, name), signal), async (opened) => {
    const format = await formatOf(opened);
    const context: BytesContext = { name, dtype, signal, memory, opened };
    return format.decode ? format.decode(bytes, context) : fallback(format);
  });
}

function checkDtype(dtype: string): void {
  if (dtype === "auto" || dtypes.some((known) => known === dtype)) return;
  throw new OptionError("VOXRX_BAD_OPTION", `dtype must be "auto" or a sample type, got ${JSON.stringify(dtype)}`, {
    remedy: `Use "auto" or one of ${dtypes.join(", ")}.`,
  });
}

/** Finds the format of a path and calls `use` with it and the open file, if the path is a file. */
async function withFormat<T>(
  path: string,
  { dtype = "auto", signal, onFile, memory }: ReadRequest,
  use: (format: Format, context: ImageContext) => Promise<T>,
): Promise<T> {
  checkDtype(dtype);
  signal?.throwIfAborted();
  const context = { dtype, signal, memory, noteFile: noteFilesTo(onFile), isNoted: onFile !== undefined };
  const found = await openOrClaim(path, signal);
  if ("format" in found) return use(found.format, context);
  return closing(found.file, async (file) => {
    const hashed = onFile && (await HashedSource.over(file));
    return closing(await readerOver(hashed ?? file, signal), async (opened) => {
      const note = async () => hashed && onFile(await file.identityAfter(await hashed.digest()));
      const read = await formatOf(opened)
        .then((format) => use(format, { ...context, opened }))
        .catch(async (fault) => {
          // Who goes on without the image wants to know when its file is another one.
          await note().catch(() => undefined);
          throw fault;
        });
      await note();
      return read;
    });
  });
}

/** The opened file, or the format that claims a path that can't be opened. */
async function openOrClaim(
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly file: ImageFile } | { readonly format: Format }> {
  try {
    return { file: await ImageFile.open(path, signal) };
  } catch (fault) {
    signal?.throwIfAborted();
    for (const format of knownFormats()) if (await format.claims?.(path)) return { format };
    throw fault;
  }
}

/**
 * Detects the format of an image from its first bytes (inflated), then from its name.
 *
 * @throws FormatError `VOXRX_UNKNOWN_FORMAT`
 */
async function formatOf(reader: ByteReader): Promise<Format> {
  const { path } = reader;
  const firstBytes = await reader.peek(sniffedBytes);
  const name = path.toLowerCase();
  const format =
    knownFormats().find((candidate) => candidate.sniff(firstBytes, path)) ??
    knownFormats().find(({ extensions }) => extensions.some((extension) => name.endsWith(extension)));
  if (format) return format;
  throw new FormatError("VOXRX_UNKNOWN_FORMAT", "neither the content of the file nor its name matches a known format", {
    file: path,
    remedy: `Supported formats: ${knownFormats()
      .map((known) => known.name)
      .join(", ")}.`,
  });
}
