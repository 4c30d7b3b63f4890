/** NIfTI-1, NIfTI-2 and ANALYZE 7.5 as a format. */
import { FormatError } from "../../errors.ts";
import type { ByteReader } from "../../files/byte-reader.ts";
import { dtypeOf } from "../../samples.ts";
import { affineSpacing } from "../../volume/affine-matrix.ts";
import { axcodesOf } from "../../volume/axcodes.ts";
import { Volume, type VolumeMeta } from "../../volume/volume.ts";
import type { DecodeContext, Format, ImageHeader, ReadContext } from "../format.ts";
import { inMemory, liesApart, withReader } from "../image-context.ts";
import type { Datatype } from "../samples/datatypes.ts";
import { makeDecoder, toPlanes } from "../samples/sample-decoder.ts";
import { encodeNifti } from "./encode-nifti.ts";
import { findPair, isPairName } from "./file-pair.ts";
import { type HeaderExtension, listExtensions } from "./header-extensions.ts";
import { affineOf } from "./nifti-affine.ts";
import {
  badHeader,
  datatypeOf,
  type Extent,
  extentOf,
  type HeaderFields,
  headerBytes,
  parseFields,
  type Scaling,
  sampleOffset,
  scalingOf,
  variantOf,
} from "./nifti-header.ts";

/** A header with its extensions may be this long, and no longer. */
const longestHeader = 16 * 2 ** 20;
/** So many bytes may follow the samples, or as many as there are samples. */
const longestSurplus = 16 * 2 ** 20;

/** NIfTI and ANALYZE files. */
export const niftiFormat: Format = {
  name: "nifti",
  version: 1,
  extensions: [".nii", ".nii.gz", ".hdr", ".img", ".hdr.gz", ".img.gz"],
  sniff: (firstBytes, path) => variantOf(firstBytes, isPairName(path)) !== undefined,
  read: readImage,
  header: readImageHeader,
  decode: decodeImage,
  writableExtensions: [".nii", ".nii.gz"],
  encode: (volume, { name, options }) =>
    encodeNifti(volume, { gzip: /\.gz$/i.test(name), version: options.niftiVersion }),
};

/** A header believed: what the fields mean. */
interface Described {
  readonly fields: HeaderFields;
  readonly datatype: Datatype;
  readonly extent: Extent;
  readonly affine: Float64Array;
  readonly scaling: Scaling | undefined;
  readonly offset: number;
  readonly extensions: readonly HeaderExtension[];
}

async function readImage(path: string, context: ReadContext): Promise<Volume> {
  const pair = await findPair(path);
  if (!pair) {
    return withReader(path, context, false, async (reader) => {
      const described = await describe(reader, false);
      return readSamples(reader, described, path, context);
    });
  }
  await context.noteFile(pair.header === path ? pair.image : pair.header);
  const described = await withReader(pair.header, context, false, (reader) => describe(reader, true));
  return withReader(pair.image, context, false, (reader) => readSamples(reader, described, path, context));
}

async function decodeImage(bytes: Uint8Array, context: DecodeContext): Promise<Volume> {
  const { name } = context;
  if (isPairName(name)) throw liesApart(name);
  return withReader(name, inMemory(bytes, context), false, async (reader) =>
    readSamples(reader, await describe(reader, false), name, context),
  );
}

async function readImageHeader(path: string, context: ReadContext): Promise<ImageHeader> {
  const pair = await findPair(path);
  if (pair && pair.header !== path) await context.noteFile(pair.header);
  const described = await withReader(pair?.header ?? path, context, true, (reader) => describe(reader, !!pair));
  const { affine, datatype, extent, fields } = described;
  const rank = extent.spatial.length;
  return {
    shape: [extent.frames * datatype.parts, ...extent.spatial],
    dtype: datatype.name,
    affine,
    spacing: affineSpacing(affine, rank),
    axcodes: axcodesOf(affine, rank),
    format: fields.variant,
    header: headerFacts(described),
  };
}

async function describe(reader: ByteReader, isPair: boolean): Promise<Described> {
  const { path } = reader;
  const fields = await readFields(reader, isPair);
  if (!isPair && fields.magic.startsWith("ni")) {
    throw badHeader("the header says that its samples lie in an .img file", path);
  }
  const offset = sampleOffset(fields, isPair, path);
  const end = isPair ? longestHeader : offset;
  if (end > longestHeader) throw badHeader(`samples are said to begin only at byte ${offset}`, path);
  const extent = extentOf(fields, path);
  const datatype = datatypeOf(fields, path);
  const affine = affineOf(fields, extent, path);
  const scaling = scalingOf(fields, path);
  const rest = fields.variant === "analyze" ? new Uint8Array(0) : await reader.take(end - reader.position);
  if (!isPair && reader.position < end) throw truncated(path, `the file ends within its header of ${end} bytes`);
  return {
    fields,
    datatype,
    extent,
    affine,
    scaling,
    offset,
    extensions: listExtensions(rest, fields.littleEndian, path),
  };
}

async function readFields(reader: ByteReader, isPair: boolean): Promise<HeaderFields> {
  const { path } = reader;
  const first = await reader.take(headerBytes.nifti1);
  const variant = variantOf(first, isPair);
  const isShort = first.length < headerBytes.nifti1;
  if (isShort && (variant || startsLikeHeader(first))) {
    throw truncated(path, `the file ends after ${first.length} bytes, within its header`);
  }
  if (!variant) {
    throw new FormatError("VOXRX_UNKNOWN_FORMAT", "the first bytes are of no NIfTI or ANALYZE header", {
      file: path,
      remedy: "See what the file is: a page saved under this name, another format, or an interrupted copy.",
    });
  }
  const more = await reader.take(headerBytes[variant] - first.length);
  if (more.length < headerBytes[variant] - first.length) throw truncated(path, "the file ends within its header");
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
  described: Described,
  path: string,
  { dtype }: Pick<ReadContext, "dtype">,
): Promise<Volume> {
  const { datatype, extent, offset, fields, scaling } = described;
  const count = extent.voxels * extent.frames * datatype.parts;
  const wanted = count * datatype.bytes;
  const most = reader.limit - offset;
  if (wanted > most) {
    throw truncated(
      reader.path,
      `the header announces ${wanted} bytes of samples, and at most ${Math.max(0, most)} are there`,
    );
  }
  await reader.pass(offset - reader.position, () => {});
  const { littleEndian } = fields;
  const decoder = makeDecoder({ datatype, littleEndian, count, scaling, dtype, path: reader.path });
  const passed = await reader.pass(wanted, (bytes) => decoder.add(bytes));
  if (passed < wanted) {
    throw truncated(reader.path, `the header announces ${wanted} bytes of samples, and ${passed} are there`);
  }
  const samples = decoder.finish();
  await reader.drain(Math.max(longestSurplus, wanted));
  return toVolume(samples, described, path);
}

function toVolume(samples: Volume["samples"], described: Described, path: string): Volume {
  const { datatype, extent, affine, fields } = described;
  const { parts } = datatype;
  const { frames, spatial, voxels } = extent;
  const isInterleaved = parts > 1 && frames === 1;
  const step = isInterleaved ? parts : 1;
  const [x = 1, y = 1] = spatial;
  const strides = [isInterleaved ? 1 : voxels, step, x * step, x * y * step].slice(0, spatial.length + 1);
  const data = parts > 1 && !isInterleaved ? toPlanes(samples, dtypeOf(samples), voxels, parts, path) : samples;
  const meta: VolumeMeta = { source: path, format: fields.variant, header: headerFacts(described) };
  return new Volume({ data, shape: [frames * parts, ...spatial], strides, affine, meta });
}

function headerFacts({ fields, datatype, offset, extensions }: Described): Record<string, unknown> {
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

function truncated(path: string, fault: string): FormatError {
  return new FormatError("VOXRX_TRUNCATED_FILE", fault, {
    file: path,
    remedy: "Fetch the file again; a copy or download was interrupted.",
  });
}
