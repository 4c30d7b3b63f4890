/** The MetaImage format: `.mha`, and `.mhd` with its samples in separate files. */

import type { ByteReader } from "../../files/byte-reader.ts";
import type { Volume } from "../../volume/volume.ts";
import type { Format } from "../format.ts";
import { badHeader, truncated } from "../format-faults.ts";
import { pairsWithoutPatient } from "../identifiers.ts";
import { addPiece, mostBytes } from "../samples/packed-samples.ts";
import { announcedBytes, headerOf, SampleSink, type StoredImage, toVolume } from "../samples/stored-image.ts";
import { decimalOf } from "../text-fields.ts";
import { besideHeader, namesByPattern, readTextHeader } from "../text-header.ts";
import { decodeAsFile, type ImageContext, withReader, withReaders } from "../with-reader.ts";
import { endOfHeader, type MetaImageHeader, namesSamples, parseHeader } from "./metaimage-header.ts";

/** MetaImage files. */
export const metaImageFormat: Format = {
  name: "metaimage",
  version: 2,
  extensions: [".mha", ".mhd"],
  sniff(firstBytes) {
    const text = Buffer.from(firstBytes).toString("latin1");
    return /^\s*(ObjectType|NDims|Comment)\s*[=:]/.test(text) && /^\s*(NDims|DimSize)\s*[=:]/m.test(text);
  },
  read: readImage,
  header: (path, context) => withReader(path, context, async (reader) => headerOf((await describe(reader)).image)),
  decode: (bytes, context) => decodeAsFile(bytes, context, readImage),
};

interface Described {
  readonly header: MetaImageHeader;
  readonly image: StoredImage;
  readonly end: number;
}

async function describe(reader: ByteReader): Promise<Described> {
  const { path } = reader;
  // A binary file with this extension must not be taken for a long header.
  const { text, end } = await readTextHeader(reader, (textSoFar) =>
    textSoFar.includes("\0") ? (endOfHeader(textSoFar) ?? textSoFar.length) : endOfHeader(textSoFar),
  );
  if (!namesSamples(text)) {
    const isText = /^[^\r\n=:]+[=:]/.test(text.trimStart()) && !text.includes("\0");
    throw isText
      ? truncated("the file ends within its header", path)
      : badHeader("the first line is not a field", path);
  }
  const header = parseHeader(text, path);
  const { axes, affine, datatype, littleEndian, fields } = header;
  return {
    header,
    image: { format: "metaimage", datatype, littleEndian, axes, affine, facts: pairsWithoutPatient(fields) },
    end,
  };
}

async function readImage(path: string, context: ImageContext): Promise<Volume> {
  return withReader(path, context, async (reader) => {
    const described = await describe(reader);
    const { header, image, end } = described;
    if (/^local$/i.test(header.dataFile))
      return readSamples([reader], localStart(header, end, path), described, path, context);
    const files = dataFiles(header, path);
    const wanted = announcedBytes(image);
    if (wanted % files.length !== 0)
      throw badHeader(`${wanted} bytes of samples cannot be divided evenly among ${files.length} files`, path);
    for (const file of files) await context.noteFile(file);
    return withReaders(files, context.signal, (readers) => readSamples(readers, header.skip, described, path, context));
  });
}

// In one file, too, MetaIO counts HeaderSize from the start of the file.
function localStart({ skip }: MetaImageHeader, end: number, path: string): number {
  if (skip === -1 || skip === 0) return skip || end;
  if (skip >= end) return skip;
  throw badHeader(
    `HeaderSize must be at least ${end}, the length of the header, got ${skip}`,
    path,
    "Write HeaderSize = 0.",
  );
}

/** Reads samples stored in equal parts, each starting at byte `from` of its file. */
async function readSamples(
  readers: readonly ByteReader[],
  from: number,
  { header, image }: Described,
  path: string,
  context: ImageContext,
): Promise<Volume> {
  const { encoding } = header;
  const stored = readers.reduce((sum, { limit }) => sum + limit - Math.max(0, from), 0);
  const sink = new SampleSink(image, context, mostBytes(stored, encoding, image.datatype.bytes), path);
  const bytes = sink.wanted / readers.length;
  // MetaIO passes over what follows the samples of a file.
  for (const reader of readers) {
    await addPiece(sink, { reader, from, bytes, surplus: "warn" }, encoding, image, context);
  }
  return toVolume(sink.finish(), image, path);
}

function dataFiles({ dataFile, fileList }: MetaImageHeader, path: string): string[] {
  const [pattern = "", first, last, step] = dataFile.split(/\s+/);
  const isPattern = /%0?\d*d/.test(pattern) && first !== undefined;
  const number = (word = "") => decimalOf(word) ?? Number.NaN;
  const names = /^LIST\b/.test(dataFile)
    ? fileList
    : isPattern
      ? namesByPattern(pattern, number(first), number(last), number(step ?? "1"))
      : [dataFile];
  if (!names || names.length === 0)
    throw badHeader(`ElementDataFile ${JSON.stringify(dataFile)} does not name a file`, path);
  return names.map((name) => besideHeader(path, name));
}
