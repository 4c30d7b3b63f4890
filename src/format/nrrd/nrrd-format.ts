/** The NRRD format: `.nrrd`, and `.nhdr` with its samples in separate files. */
import type { ByteReader } from "../../files/byte-reader.ts";
import type { Volume } from "../../volume/volume.ts";
import type { Format } from "../format.ts";
import { badHeader, truncated, unsupportedEncoding } from "../format-faults.ts";
import { pairsWithoutPatient } from "../identifiers.ts";
import { addPiece, mostBytes } from "../samples/packed-samples.ts";
import { announcedBytes, headerOf, SampleSink, type StoredImage, toVolume } from "../samples/stored-image.ts";
import { besideHeader, namesByPattern, readTextHeader } from "../text-header.ts";
import { decodeAsFile, type ImageContext, withReader, withReaders } from "../with-reader.ts";
import { encodeNrrd } from "./encode-nrrd.ts";
import { affineOf } from "./nrrd-affine.ts";
import { endOfHeader, type NrrdHeader, parseHeader } from "./nrrd-header.ts";

const newline = 10;

/** NRRD files. */
export const nrrdFormat: Format = {
  name: "nrrd",
  version: 3,
  extensions: [".nrrd", ".nhdr", ".nrrd.gz"],
  sniff: (firstBytes) => /^NRRD000\d/.test(Buffer.from(firstBytes.subarray(0, 8)).toString("latin1")),
  read: readImage,
  header: (path, context) => withReader(path, context, async (reader) => headerOf((await describe(reader)).image)),
  decode: (bytes, context) => decodeAsFile(bytes, context, readImage),
  writableExtensions: [".nrrd"],
  encode: encodeNrrd,
};

interface Described {
  readonly header: NrrdHeader;
  readonly image: StoredImage;
  /** Byte at which the samples start, if they follow the header. */
  readonly end: number;
}

async function describe(reader: ByteReader): Promise<Described> {
  const { path } = reader;
  const { text, end } = await readTextHeader(reader, (textSoFar) =>
    isMagic(textSoFar) ? endOfHeader(textSoFar) : textSoFar.length,
  );
  if (!isMagic(text)) {
    const fault = "the file does not start with the NRRD magic";
    throw text.length < 8 ? truncated("the file ends within its first line", path) : badHeader(fault, path);
  }
  const header = parseHeader(text, path);
  const { axes, datatype, littleEndian, encoding, fields, version } = header;
  const pairs = pairsWithoutPatient(header.pairs);
  const facts = { version, ...fields.toObject(), ...(Object.keys(pairs).length > 0 ? { pairs } : {}) };
  const affine = affineOf(header, path);
  const image = { format: "nrrd", datatype, littleEndian, axes, affine, facts };
  const isAttached = fields.get("data file") === undefined;
  if (isAttached && endOfHeader(text) === undefined) throw truncated("the file ends within its header", path);
  if (encoding !== "raw" && skipOf(header, "byte skip") === -1) {
    throw fields.fault("byte skip", "byte skip -1 is only allowed for raw samples");
  }
  return { header, image, end };
}

function isMagic(text: string): boolean {
  return /^NRRD000\d/.test(text);
}

async function readImage(path: string, context: ImageContext): Promise<Volume> {
  return withReader(path, context, async (reader) => {
    const described = await describe(reader);
    const { header, image, end } = described;
    const files = dataFiles(header, path);
    if (!files) return readSamples([reader], end, described, path, context);
    const wanted = announcedBytes(image);
    if (wanted % files.length !== 0)
      throw badHeader(`${wanted} bytes of samples cannot be divided evenly among ${files.length} files`, path);
    for (const file of files) await context.noteFile(file);
    return withReaders(files, context.signal, (readers) => readSamples(readers, 0, described, path, context));
  });
}

/**
 * Reads samples stored in equal parts, each starting at byte `from` of its file, or later if the header has skips.
 */
async function readSamples(
  readers: readonly ByteReader[],
  from: number,
  { header, image }: Described,
  path: string,
  context: ImageContext,
): Promise<Volume> {
  const { encoding } = header;
  const limit = readers.reduce((sum, reader) => sum + reader.limit, 0) - from;
  const sink = new SampleSink(image, context, mostBytes(limit, encoding, image.datatype.bytes), path);
  const bytes = sink.wanted / readers.length;
  for (const reader of readers) {
    const start = await skip(reader, from, header, path);
    await addPiece(sink, { reader, from: start, bytes, surplus: "refuse" }, encoding, image, context);
  }
  return toVolume(sink.finish(), image, path);
}

/**
 * Skips what the header says to skip. Returns the byte at which the samples start, or -1 if they are at the end of the
 * file.
 */
async function skip(reader: ByteReader, from: number, header: NrrdHeader, path: string): Promise<number> {
  const lines = skipOf(header, "line skip");
  const bytes = skipOf(header, "byte skip");
  await reader.pass(from - reader.position, () => {});
  for (let line = 0; line < lines; line++) await skipLine(reader);
  if (header.encoding !== "raw" && bytes > 0) {
    throw unsupportedEncoding(
      "byte skip inside compressed samples is not supported",
      path,
      "Write the file again without it.",
    );
  }
  return bytes === -1 ? -1 : reader.position + bytes;
}

async function skipLine(reader: ByteReader): Promise<void> {
  for (;;) {
    const [byte] = await reader.take(1);
    if (byte === undefined || byte === newline) return;
  }
}

function skipOf({ fields }: NrrdHeader, name: string): number {
  const skip = fields.integer(name, name === "byte skip" ? -1 : 0, 0);
  if (name === "byte skip" || skip <= 1e6) return skip;
  throw fields.fault(name, `${name} must be at most 1000000, got ${skip}`);
}

/** Files with the samples, in order; undefined if the samples follow the header. */
function dataFiles({ fields, fileList }: NrrdHeader, path: string): string[] | undefined {
  const given = fields.get("data file");
  if (given === undefined) return undefined;
  const [name = "", ...range] = given.split(/\s+/);
  const [first, last, step] = range;
  const isRange = (range.length === 3 || range.length === 4) && range.every((word) => /^-?\d+$/.test(word));
  const names = /^LIST\b/.test(given)
    ? fileList
    : isRange && name.includes("d", name.indexOf("%") + 1) && name.includes("%")
      ? namesByPattern(name, Number(first), Number(last), Number(step))
      : [given];
  if (!names || names.length === 0) throw badHeader(`data file ${JSON.stringify(given)} does not name a file`, path);
  return names.map((one) => besideHeader(path, one));
}
