/** The registered image formats. */
import { createHash } from "node:crypto";
import { defineFormat, type FormatDeclaration, readerTextOf } from "./define-format.ts";
import { dicomFormat } from "./dicom/dicom-format.ts";
import type { Format } from "./format.ts";
import { metaImageFormat } from "./metaimage/metaimage-format.ts";
import { mghFormat } from "./mgh/mgh-format.ts";
import { niftiFormat } from "./nifti/nifti-format.ts";
import { npyFormat } from "./npy/npy-format.ts";
import { npzFormat } from "./npy/npz-format.ts";
import { nrrdFormat } from "./nrrd/nrrd-format.ts";
import { rasterFormat } from "./raster/raster-format.ts";

const formats: Format[] = [
  niftiFormat,
  nrrdFormat,
  metaImageFormat,
  mghFormat,
  dicomFormat,
  npyFormat,
  npzFormat,
  rasterFormat,
];

/**
 * Registers a format for `readVolume`, `load`, `saveImage` and `save`. The format registered last is tried first. It
 * replaces a format with the same name.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` as {@link defineFormat}
 */
export function registerFormat(format: FormatDeclaration): void {
  const defined = defineFormat(format);
  const known = formats.findIndex(({ name }) => name === defined.name);
  if (known >= 0) formats.splice(known, 1);
  formats.unshift(defined);
  readers.set(defined, createHash("sha256").update(readerTextOf(defined)).digest("hex"));
}

/** Digests of the functions of registered formats. */
const readers = new WeakMap<Format, string>();

/** The formats in the order in which they are tried. */
export function knownFormats(): readonly Format[] {
  return formats;
}

/**
 * What determines how a file is read, besides its bytes: the formats with their versions and, for registered ones, what
 * their functions are; in the order in which they are tried.
 */
export function formatsIdentity(): unknown {
  return formats.map((format) => [format.name, format.version, readers.get(format)]);
}

/** Extensions that can be written; formats registered last come first. */
export function writableExtensions(): readonly string[] {
  return [...new Set(formats.flatMap(extensionsWritten))];
}

/**
 * The format that writes files with this name: the one with the longest matching extension; of several, the one
 * registered last.
 */
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

/** Extensions of files with samples whose header is in another file. */
const sampleFiles: ReadonlySet<string> = new Set([".img", ".img.gz"]);
const headerFiles: ReadonlySet<string> = new Set([".hdr", ".hdr.gz", ".nhdr", ".mhd"]);

/**
 * Extensions (lower case, with the dot) that stand for one image each: for images in two files, only that of the
 * header.
 */
export function imageExtensions(): readonly string[] {
  const extensions = formats.flatMap((format) => format.extensions);
  return [...new Set(extensions)].filter((extension) => !sampleFiles.has(extension));
}

/**
 * Extensions (lower case, with the dot) of images that can be decoded in memory, without those of images in two files.
 */
export function decodableExtensions(): ReadonlySet<string> {
  const decodable = formats.flatMap((format) => (format.decode ? format.extensions : []));
  return new Set(decodable.filter((extension) => !sampleFiles.has(extension) && !headerFiles.has(extension)));
}
