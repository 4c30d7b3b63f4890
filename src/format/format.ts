/** Interfaces of image formats. */
import type { Dtype } from "../samples.ts";
import type { Affine } from "../volume/affine-matrix.ts";
import type { Volume } from "../volume/volume.ts";

/** The header of an image, without its samples. */
export interface ImageHeader {
  /** `[channels, x, y, z]`, or `[channels, x, y]`: the shape of the volume. */
  readonly shape: readonly number[];
  /** Type of the samples on disk, in the format's terms: `int16`, `rgb24`, `complex64`. */
  readonly dtype: string;
  /** Voxel index to RAS+ mm, 16 numbers, row-major. */
  readonly affine: Affine;
  /** Voxel size along each spatial axis, in mm. */
  readonly spacing: readonly number[];
  /** Letters of the positive end of each spatial axis, such as `RAS`. */
  readonly axcodes: string;
  /** Name of the format and its variant, such as `nifti1`. */
  readonly format: string;
  /** Header fields in the format's terms. JSON values only. */
  readonly header: Readonly<Record<string, unknown>>;
}

/** Context for reading an image. */
export interface ReadContext {
  /** Requested type of the samples; with `auto` the format chooses. */
  readonly dtype: Dtype | "auto";
  readonly signal: AbortSignal | undefined;
  /** Records the identity of a file. Await it before reading any file other than the requested one. */
  noteFile(path: string): Promise<void>;
}

/** Context for decoding bytes in memory. */
export interface DecodeContext {
  /** Name of the bytes: a file name, an archive entry or a URL. For messages and `meta.source`. */
  readonly name: string;
  /** Requested type of the samples; with `auto` the format chooses. */
  readonly dtype: Dtype | "auto";
  readonly signal: AbortSignal | undefined;
}

/** Format-specific options for writing an image. */
export interface WriteOptions {
  /** NIfTI version. Default: 1, or 2 if a size exceeds 32767 or is 27307 x 1 x 6 (see `encodeNifti`). */
  readonly niftiVersion?: 1 | 2 | undefined;
  /**
   * For raster images: the values that become black and white in an 8-bit image, for fractions or wide ranges of
   * values. Default: values are stored as pixels.
   */
  readonly range?: readonly [low: number, high: number] | undefined;
}

/** Context for encoding a volume. */
export interface EncodeContext {
  /** Name of the file. Its extension can select a variant, such as `.nii` or `.nii.gz`. */
  readonly name: string;
  readonly options: WriteOptions;
  readonly signal: AbortSignal | undefined;
}

/** Context for writing a volume. */
export interface WriteContext extends EncodeContext {
  /** Writes one file, which appears complete or not at all. */
  writeFile(path: string, bytes: EncodedBytes): Promise<void>;
}

/** The bytes of a file, in one or several consecutive pieces. */
export type EncodedBytes = Uint8Array | readonly Uint8Array[];

/** An image format, created with `defineFormat`. Pipelines use formats only through this interface. */
export interface Format {
  /** Name for messages. */
  readonly name: string;
  /** Incremented when the same file yields a different volume, so that caches read it again. */
  readonly version: number;
  /** Extensions of file names, lower case, with the dot: `.nii`, `.nii.gz`. */
  readonly extensions: readonly string[];
  /** Extensions that can be written. Default: all {@link extensions}, if there is {@link encode} or {@link write}. */
  readonly writableExtensions?: readonly string[] | undefined;
  /** Whether a file is of this format, from its first bytes (up to 1024, inflated if the file is gzip). */
  sniff(firstBytes: Uint8Array, path: string): boolean;
  /**
   * Whether a path that isn't a regular file is of this format: a directory, or a part of a directory or file. The
   * format then calls `noteFile` for everything it reads. Called only for paths that can't be opened as a file.
   */
  claims?(path: string): Promise<boolean>;
  read(path: string, context: ReadContext): Promise<Volume>;
  header(path: string, context: ReadContext): Promise<ImageHeader>;
  /**
   * Decodes an image in memory. Must not keep or modify `bytes`. If omitted, the format can only be read from files.
   */
  decode?(bytes: Uint8Array, context: DecodeContext): Promise<Volume>;
  /** Encodes a volume as the bytes of a file. If this and {@link write} are omitted, the format can't be written. */
  encode?(volume: Volume, context: EncodeContext): EncodedBytes | Promise<EncodedBytes>;
  /**
   * Writes a volume as one or several files, each with `context.writeFile`. If omitted, one file with the result of
   * {@link encode} is written.
   */
  write?(volume: Volume, path: string, context: WriteContext): Promise<void>;
}
