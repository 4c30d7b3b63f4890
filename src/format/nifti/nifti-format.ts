/** The NIfTI-1, NIfTI-2 and ANALYZE 7.5 formats. */
import { FormatError } from "../../errors.ts";
import type { ByteReader } from "../../files/byte-reader.ts";
import type { Volume } from "../../volume/volume.ts";
import type { Format, ImageHeader } from "../format.ts";
import { badHeader, separateFiles, truncated } from "../format-faults.ts";
import type { Datatype } from "../samples/datatypes.ts";
import { addPiece } from "../samples/packed-samples.ts";
import { headerOf, SampleSink, type StoredAxis, type StoredImage, toVolume } from "../samples/stored-image.ts";
import { decodeAsFile, type ImageContext, withReader } from "../with-reader.ts";
import { encodeNifti } from "./encode-nifti.ts";
import { findPair, isPairName, isSamplesOfPair } from "./file-pair.ts";
import { type HeaderExtension, listExtensions } from "./header-extensions.ts";
import { affineOf } from "./nifti-affine.ts";
import {
  datatypeOf,
  type Extent,
  extentOf,
  type HeaderFields,
  headerBytes,
  parseFields,
  sampleOffset,
  scalingOf,
  variantOf,
} from "./nifti-header.ts";

/** Maximum length of a header with its extensions. */
const maxHeaderBytes = 16 * 2 ** 20;

/** NIfTI and ANALYZE files. */
export const niftiFormat: Format = {
  name: "nifti",
  version: 2,
  extensions: [".nii", ".nii.gz", ".hdr", ".img", ".hdr.gz", ".img.gz"],
  sniff: (firstBytes, path) => variantOf(firstBytes, isPairName(path)) !== undefined || isSamplesOfPair(path),
  read: readImage,
  header: readImageHeader,
  decode: async (bytes, context) => {
    if (isPairName(context.name)) throw separateFiles(context.name);
    return decodeAsFile(bytes, context, readSingle);
  },
  writableExtensions: [".nii", ".nii.gz"],
  encode: (volume, { name, options }) =>
    encodeNifti(volume, { gzip: /\.gz$/i.test(name), version: options.niftiVersion }),
};

/** A validated header. */
interface Described {
  readonly image: StoredImage;
  /** Byte at which the samples start. */
  readonly offset: number;
}

async function readImage(path: string, context: ImageContext): Promise<Volume> {
  const pair = await findPair(path);
  if (!pair) return readSingle(path, context);
  await context.noteFile(pair.header === path ? pair.image : pair.header);
  const described = await withReader(pair.header, context, (reader) => describe(reader, true));
  return withReader(pair.image, context, (reader) => readSamples(reader, described, path, context));
}

async function readSingle(path: string, context: ImageContext): Promise<Volume> {
  return withReader(path, context, async (reader) => readSamples(reader, await describe(reader, false), path, context));
}

async function readImageHeader(path: string, context: ImageContext): Promise<ImageHeader> {
  const pair = await findPair(path);
  if (pair && pair.header !== path) await context.noteFile(pair.header);
  const { image } = await withReader(pair?.header ?? path, context, (reader) => describe(reader, !!pair));
  return headerOf(image);
}

async function describe(reader: ByteReader, isPair: boolean): Promise<Described> {
  const { path } = reader;
  const fields = await readFields(reader, isPair);
  if (!isPair && fields.magic.startsWith("ni")) {
    throw badHeader("according to the header, the samples are in an .img file", path);
  }
  const offset = sampleOffset(fields, isPair, path);
  const end = isPair ? maxHeaderBytes : offset;
  if (end > maxHeaderBytes)
    throw badHeader(`the samples must start within ${maxHeaderBytes} bytes, got ${offset}`, path);
  const extent = extentOf(fields, path);
  const datatype = datatypeOf(fields, path);
  const affine = affineOf(fields, extent, path);
  const scaling = scalingOf(fields, path);
  const rest = fields.variant === "analyze" ? new Uint8Array(0) : await reader.take(end - reader.position);
  if (!isPair && reader.position < end) throw truncated(`the file ends within its header of ${end} bytes`, path);
  const { variant: format, littleEndian } = fields;
  const facts = factsOf(fields, datatype, offset, listExtensions(rest, littleEndian, path));
  return { image: { format, datatype, littleEndian, axes: axesOf(extent, datatype), affine, scaling, facts }, offset };
}

/** The parts of a voxel are stored together, frames one after another. */
function axesOf({ spatial, frames }: Extent, { parts }: Datatype): StoredAxis[] {
  const channels = (size: number): StoredAxis => ({ size, isSpatial: false });
  return [channels(parts), ...spatial.map((size) => ({ size, isSpatial: true })), channels(frames)];
}

async function readFields(reader: ByteReader, isPair: boolean): Promise<HeaderFields> {
  const { path } = reader;
  const first = await reader.take(headerBytes.nifti1);
  const variant = variantOf(first, isPair);
  const isShort = first.length < headerBytes.nifti1;
  if (isShort && (variant || startsLikeHeader(first))) {
    throw truncated(`the file ends after ${first.length} bytes, within its header`, path);
  }
  if (!variant) {
    throw new FormatError("VOXRX_UNKNOWN_FORMAT", "the file does not start with a NIfTI or ANALYZE header", {
      file: path,
      remedy: "Check the file: it may be a web page saved under this name, another format, or an interrupted copy.",
    });
  }
  const more = await reader.take(headerBytes[variant] - first.length);
  if (more.length < headerBytes[variant] - first.length) throw truncated("the file ends within its header", path);
  return parseFields(Buffer.concat([first, more]), variant);
}

function startsLikeHeader(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizes: readonly number[] = [headerBytes.nifti1, headerBytes.nifti2];
  return sizes.includes(view.getInt32(0, true)) || sizes.includes(view.getInt32(0, false));
}

async function readSamples(
  reader: ByteReader,
  { image, offset }: Described,
  path: string,
  context: ImageContext,
): Promise<Volume> {
  const sink = new SampleSink(image, context, reader.limit - offset, reader.path);
  await addPiece(sink, { reader, from: offset, bytes: sink.wanted, surplus: "pass" }, "raw", image, context);
  return toVolume(sink.finish(), image, path);
}

function factsOf(
  fields: HeaderFields,
  datatype: Datatype,
  offset: number,
  extensions: readonly HeaderExtension[],
): Record<string, unknown> {
  return {
    dim: fields.dim,
    pixdim: fields.pixdim.map(orNull),
    datatype: datatype.name,
    byteOrder: fields.littleEndian ? "little" : "big",
    voxOffset: offset,
    sclSlope: orNull(fields.sclSlope),
    sclInter: orNull(fields.sclInter),
    qformCode: fields.qformCode,
    sformCode: fields.sformCode,
    quaternion: fields.quaternion.map(orNull),
    qoffset: fields.qoffset.map(orNull),
    srow: fields.srow.map(orNull),
    intentCode: fields.intentCode,
    xyztUnits: fields.xyztUnits,
    descrip: fields.descrip,
    ...(extensions.length > 0 ? { extensions } : {}),
  };
}

// JSON has no NaN.
function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
