/** MetaImage as a format: `.mha`, and `.mhd` with its samples in other files. */

import type { ByteReader } from "../../files/byte-reader.ts";
import type { Volume } from "../../volume/volume.ts";
import type { Format } from "../format.ts";
import { type ImageContext, inMemory, withReader } from "../image-context.ts";
import { addPiece, mostBytes, type SamplePiece } from "../samples/packed-samples.ts";
import { badHeader, headerOf, SampleSink, type StoredImage, toVolume, truncated } from "../samples/stored-image.ts";
import { besideHeader, namesByPattern, readTextHeader } from "../text-header.ts";
import { endOfHeader, type MetaImageHeader, parseHeader } from "./metaimage-header.ts";

/** MetaImage files. */
export const metaImageFormat: Format = {
  name: "metaimage",
  version: 1,
  extensions: [".mha", ".mhd"],
  sniff(firstBytes) {
    const text = Buffer.from(firstBytes).toString("latin1");
    return /^\s*(ObjectType|NDims|Comment)\s*=/.test(text) && /^\s*(NDims|DimSize)\s*=/m.test(text);
  },
  read: readImage,
  header: async (path, context) => headerOf((await describe(path, context)).image),
  decode: (bytes, context) => readImage(context.name, inMemory(bytes, context)),
};

interface Described {
  readonly header: MetaImageHeader;
  readonly image: StoredImage;
  readonly end: number;
}

async function describe(path: string, context: ImageContext): Promise<Described> {
  // A binary file under this name is no long header.
  const { text, end } = await readTextHeader(path, context, (so) =>
    so.includes("\0") ? (endOfHeader(so) ?? so.length) : endOfHeader(so),
  );
  if (!/ElementDataFile\s*=/.test(text)) {
    const isText = /^\s*\w+\s*=/.test(text) && !text.includes("\0");
    throw isText ? truncated("the file ends within its header", path) : badHeader("the first line is no field", path);
  }
  const header = parseHeader(text, path);
  const { axes, affine, datatype, littleEndian, fields } = header;
  return { header, image: { format: "metaimage", datatype, littleEndian, axes, affine, facts: fields }, end };
}

async function readImage(path: string, context: ImageContext): Promise<Volume> {
  const { header, image, end } = await describe(path, context);
  const isLocal = /^local$/i.test(header.dataFile);
  const files = isLocal ? [path] : dataFiles(header, path);
  const wanted = image.axes.reduce((product, { size }) => product * size, image.datatype.bytes);
  if (wanted % files.length !== 0) throw badHeader(`${wanted} bytes do not divide over ${files.length} files`, path);
  const from = isLocal ? end : header.skip;
  if (!isLocal) for (const file of files) await context.noteFile(file);

  const readPieces = async (pieces: readonly SamplePiece[]): Promise<Volume> => {
    const stored = pieces.reduce((sum, { reader }) => sum + reader.limit - Math.max(0, from), 0);
    const sink = new SampleSink(image, context.dtype, mostBytes(stored, header.encoding, image.datatype.bytes), path);
    for (const piece of pieces) await addPiece(sink, piece, header.encoding, image, context);
    return toVolume(sink.finish(), image, path);
  };
  // All are opened first, so that nothing is allocated for more samples than they hold.
  const readFrom = async (rest: readonly string[], opened: readonly ByteReader[]): Promise<Volume> => {
    const [next, ...others] = rest;
    if (next !== undefined) return withReader(next, context, false, (reader) => readFrom(others, [...opened, reader]));
    return readPieces(opened.map((reader) => ({ reader, from, bytes: wanted / files.length })));
  };
  return readFrom(files, []);
}

function dataFiles({ dataFile, fileList }: MetaImageHeader, path: string): string[] {
  const [pattern = "", first, last, step] = dataFile.split(/\s+/);
  const isPattern = /%0?\d*d/.test(pattern) && first !== undefined;
  const names = /^LIST\b/.test(dataFile)
    ? fileList
    : isPattern
      ? namesByPattern(pattern, Number(first), Number(last), Number(step ?? 1))
      : [dataFile];
  if (!names || names.length === 0) throw badHeader(`ElementDataFile ${JSON.stringify(dataFile)} names no file`, path);
  return names.map((name) => besideHeader(path, name));
}
