/** NRRD as a format: `.nrrd`, and `.nhdr` with its samples in other files. */
import type { Volume } from "../../volume/volume.ts";
import type { Format } from "../format.ts";
import { type ImageContext, inMemory, withReader } from "../image-context.ts";
import { addPiece, mostBytes, type SamplePiece } from "../samples/packed-samples.ts";
import {
  badHeader,
  headerOf,
  SampleSink,
  type StoredImage,
  toVolume,
  truncated,
  unsupportedEncoding,
} from "../samples/stored-image.ts";
import { besideHeader, namesByPattern, readTextHeader } from "../text-header.ts";
import { encodeNrrd } from "./encode-nrrd.ts";
import { affineOf } from "./nrrd-affine.ts";
import { endOfHeader, type NrrdHeader, parseHeader } from "./nrrd-header.ts";

const newline = 10;

/** NRRD files. */
export const nrrdFormat: Format = {
  name: "nrrd",
  version: 1,
  extensions: [".nrrd", ".nhdr", ".nrrd.gz"],
  sniff: (firstBytes) => /^NRRD000\d/.test(Buffer.from(firstBytes.subarray(0, 8)).toString("latin1")),
  read: readImage,
  header: async (path, context) => headerOf((await describe(path, context)).image),
  decode: (bytes, context) => readImage(context.name, inMemory(bytes, context)),
  writableExtensions: [".nrrd"],
  encode: encodeNrrd,
};

interface Described {
  readonly header: NrrdHeader;
  readonly image: StoredImage;
  /** Byte where an attached file's samples begin. */
  readonly end: number;
}

async function describe(path: string, context: ImageContext): Promise<Described> {
  const { text, end } = await readTextHeader(path, context, (so) => (isMagic(so) ? endOfHeader(so) : so.length));
  if (!isMagic(text)) {
    const fault = "the first line is no NRRD magic";
    throw text.length < 8 ? truncated("the file ends within its first line", path) : badHeader(fault, path);
  }
  const header = parseHeader(text, path);
  const { axes, datatype, littleEndian, encoding, fields, pairs, version } = header;
  const facts = { version, ...Object.fromEntries(fields), ...(Object.keys(pairs).length > 0 ? { pairs } : {}) };
  const affine = affineOf(header, path);
  const image = { format: "nrrd", datatype, littleEndian, axes, affine, facts };
  const isAttached = fields.get("data file") === undefined;
  if (isAttached && endOfHeader(text) === undefined) throw truncated("the file ends within its header", path);
  if (encoding !== "raw" && fields.get("byte skip") === "-1") {
    throw badHeader("byte skip is -1, which is for raw samples only", path);
  }
  return { header, image, end };
}

function isMagic(text: string): boolean {
  return /^NRRD000\d/.test(text);
}

async function readImage(path: string, context: ImageContext): Promise<Volume> {
  const { header, image, end } = await describe(path, context);
  const files = dataFiles(header, path);
  const wanted = image.axes.reduce((product, { size }) => product * size, image.datatype.bytes);
  if (!files) return withReader(path, context, false, (reader) => readPieces([{ reader, from: end, bytes: wanted }]));
  if (wanted % files.length !== 0) throw badHeader(`${wanted} bytes do not divide over ${files.length} files`, path);
  for (const file of files) await context.noteFile(file);
  return readFiles(files, wanted / files.length);

  async function readPieces(pieces: readonly SamplePiece[]): Promise<Volume> {
    const limit = pieces.reduce((sum, { reader }) => sum + reader.limit, 0) - (files ? 0 : end);
    const sink = new SampleSink(image, context.dtype, mostBytes(limit, header.encoding, image.datatype.bytes), path);
    for (const piece of pieces) await addSkipping(sink, piece);
    return toVolume(sink.finish(), image, path);
  }

  // All are opened first, so that nothing is allocated for more samples than they hold.
  async function readFiles(rest: readonly string[], bytes: number, opened: SamplePiece[] = []): Promise<Volume> {
    const [next, ...others] = rest;
    if (next === undefined) return readPieces(opened);
    return withReader(next, context, false, (reader) =>
      readFiles(others, bytes, [...opened, { reader, from: 0, bytes }]),
    );
  }

  async function addSkipping(sink: SampleSink, piece: SamplePiece): Promise<void> {
    const lines = skipOf(header, "line skip", path);
    const skip = skipOf(header, "byte skip", path);
    await piece.reader.pass(piece.from - piece.reader.position, () => {});
    for (let line = 0; line < lines; line++) await skipLine(piece);
    if (header.encoding !== "raw" && skip > 0) {
      throw unsupportedEncoding("byte skip inside compressed samples cannot be read", path, "Write the file anew.");
    }
    const from = skip === -1 ? -1 : piece.reader.position + skip;
    await addPiece(sink, { ...piece, from }, header.encoding, image, context);
  }
}

async function skipLine({ reader }: SamplePiece): Promise<void> {
  for (;;) {
    const [byte] = await reader.take(1);
    if (byte === undefined || byte === newline) return;
  }
}

function skipOf({ fields }: NrrdHeader, name: string, path: string): number {
  const skip = Number(fields.get(name) ?? 0);
  const least = name === "byte skip" ? -1 : 0;
  if (Number.isSafeInteger(skip) && skip >= least && (least < 0 || skip <= 1e6)) return skip;
  throw badHeader(`${name} is ${fields.get(name)}`, path);
}

/** Files with the samples, in order; undefined if they follow the header. */
function dataFiles({ fields, fileList }: NrrdHeader, path: string): string[] | undefined {
  const given = fields.get("data file");
  if (given === undefined) return undefined;
  const pattern = /^(\S*%\S*d\S*)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)(?:\s+\d+)?$/.exec(given);
  const [, name = "", first, last, step] = pattern ?? [];
  const names = /^LIST\b/.test(given)
    ? fileList
    : pattern
      ? namesByPattern(name, Number(first), Number(last), Number(step))
      : [given];
  if (!names || names.length === 0) throw badHeader(`data file ${JSON.stringify(given)} names no file`, path);
  return names.map((one) => besideHeader(path, one));
}
