/** Reads the elements of a DICOM file, without its pixel data. */
import { FormatError, isVoxRxError } from "../../errors.ts";
import { type ByteSource, bytesInMemory } from "../../files/byte-source.ts";
import type { FileIdentity } from "../../files/file-identity.ts";
import { ImageFile } from "../../files/image-file.ts";
import { inflate } from "../../files/inflate.ts";
import { badHeader, truncated, unsupportedEncoding } from "../format-faults.ts";
import { closing } from "../with-reader.ts";
import { DicomDataset } from "./element-values.ts";
import {
  ElementReader,
  NeedsMore,
  type Parsed,
  type PixelData,
  type Syntax,
  startsElements,
  syntaxAt,
} from "./parse-elements.ts";
import { codecOf, nameOfSyntax, syntaxes } from "./transfer-syntaxes.ts";

const firstBytes = 2 ** 16;
const maxHeaderBytes = 2 ** 29;
const maxInflatedBytes = 2 ** 30;
const littleExplicit: Syntax = { littleEndian: true, explicit: true };

/** A file with its elements up to the pixel data. */
export interface DicomFile {
  readonly path: string;
  /** Size of the file in bytes, or of the inflated elements if the transfer syntax is deflated. */
  readonly size: number;
  readonly transferSyntax: string;
  /** Byte order of the pixels. */
  readonly littleEndian: boolean;
  readonly dataset: DicomDataset;
  readonly pixels: PixelData | undefined;
  /**
   * Source of the bytes, if they are in memory or the file is still open. If undefined, the file must be opened again.
   */
  readonly source: ByteSource | undefined;
  /** Of a file that was opened by its path: its identity at that time. */
  readonly identity?: FileIdentity;
}

const mark = "DICM";

/** Whether bytes start like a DICOM file (PS3.10, 7.1). */
export function isDicom(bytes: Uint8Array): boolean {
  return startsWithMark(bytes.subarray(128));
}

/** Whether bytes start with the mark of a DICOM file, which follows the preamble. */
export function startsWithMark(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, mark.length)).toString("latin1") === mark;
}

/** How a file is read. */
interface ReadFileOptions {
  /** Whether a file that starts with these bytes, up to 1,024, is to be read. Default: every file is. */
  readonly accepts?: (firstBytes: Uint8Array) => boolean;
  /** How many bytes of a file of this size are read at first. Default: 64 KiB. All of them are kept. */
  readonly atOnce?: (size: number) => number | undefined;
}

/**
 * Reads the elements of a file, and the position of its pixel data. Undefined if the file is not accepted.
 *
 * @throws FormatError `VOXRX_UNKNOWN_FORMAT`, `VOXRX_BAD_HEADER`, `VOXRX_TRUNCATED_FILE`, and as {@link ImageFile.open}
 */
export async function readDicomFile(
  path: string,
  signal: AbortSignal | undefined,
  { accepts, atOnce }: ReadFileOptions = {},
): Promise<DicomFile | undefined> {
  return closing(await ImageFile.open(path, signal), async (file) => {
    if (accepts) {
      const first = new Uint8Array(Math.min(1024, file.size));
      const filled = await file.read(first, 0);
      if (!accepts(first.subarray(0, filled))) return undefined;
    }
    const { identity } = file;
    const read = await readDicom(file, signal, atOnce?.(file.size));
    return { ...read, source: read.source === file ? undefined : read.source, identity };
  });
}

/**
 * The same for any byte source. The source stays open: pixels are read from it later, unless the first bytes are all.
 */
export async function readDicom(
  source: ByteSource,
  signal: AbortSignal | undefined,
  atOnce = firstBytes,
): Promise<DicomFile> {
  const { path, size } = source;
  for (let length = atOnce; ; length *= 4) {
    const bytes = new Uint8Array(Math.min(length, size));
    const filled = await source.read(bytes, 0);
    const isWhole = length >= size;
    const read = isWhole && filled === size ? bytesInMemory(bytes, path) : source;
    const parsed = await parseFile(bytes.subarray(0, filled), read, isWhole, signal);
    if (parsed) return parsed;
    if (isWhole) throw truncated("the file ends within its elements", path);
    if (length > maxHeaderBytes) throw badHeader(`no pixel data starts within the first ${maxHeaderBytes} bytes`, path);
  }
}

/** The file, if its elements could be read up to the pixel data or the end. */
async function parseFile(
  bytes: Uint8Array,
  source: ByteSource,
  isWhole: boolean,
  signal: AbortSignal | undefined,
): Promise<DicomFile | undefined> {
  const { path, size } = source;
  const from = isDicom(bytes) ? 132 : startWithoutPreamble(bytes, path);
  const reader = new ElementReader(bytes, path);
  const metaSyntax = { littleEndian: true, explicit: syntaxAt(bytes, from, littleExplicit).explicit };
  const meta = attempt(() => reader.read(from, metaSyntax, (tag) => tag >>> 16 !== 2));
  if (!meta) return undefined;
  const announced = new DicomDataset(meta.elements, path).text("TransferSyntaxUID");
  const isPlain = startsElements(bytes, meta.end);
  const syntax = syntaxAt(bytes, meta.end, syntaxOf(announced, path));
  const transferSyntax = announced ?? (syntax.explicit ? syntaxes.explicit : syntaxes.implicit);
  if (transferSyntax === syntaxes.deflated && !(isPlain && (syntax.explicit || bytes[meta.end] === 8))) {
    if (!isWhole) return undefined;
    const inflated = await inflateAll(bytes.subarray(meta.end), path, signal);
    const inner = syntaxAt(inflated, 0, littleExplicit);
    const parsed = attempt(() => new ElementReader(inflated, path).read(0, inner));
    const about = { path, size: inflated.length, transferSyntax, source: bytesInMemory(inflated, path) };
    return parsed && toFile(parsed, about, inner);
  }
  if (!isPlain && meta.end + 8 <= bytes.length) throw badElements(transferSyntax, path);
  const parsed = attempt(() => reader.read(meta.end, syntax));
  if (!parsed || (!isWhole && !parsed.pixels)) return undefined;
  return toFile(inFragments(parsed, bytes, transferSyntax), { path, size, transferSyntax, source }, syntax);
}

/** Some writers give a length to fragments, which the standard leaves undefined. */
function inFragments(parsed: Parsed, bytes: Uint8Array, transferSyntax: string): Parsed {
  const { pixels } = parsed;
  if (!pixels || codecOf(transferSyntax) === "none") return parsed;
  const start = Buffer.from(bytes.subarray(pixels.from, pixels.from + 4)).toString("hex");
  return start === "feff00e0" ? { ...parsed, pixels: { ...pixels, length: undefined } } : parsed;
}

function toFile(
  { elements, pixels }: Parsed,
  about: Pick<DicomFile, "path" | "size" | "transferSyntax" | "source">,
  { littleEndian }: Syntax,
): DicomFile {
  const isSwapped = about.transferSyntax === syntaxes.ge;
  return {
    ...about,
    littleEndian: littleEndian && !isSwapped,
    dataset: new DicomDataset(elements, about.path),
    pixels,
  };
}

function attempt(read: () => Parsed): Parsed | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NeedsMore) return undefined;
    throw error;
  }
}

// Files from before PS3.10 have neither a preamble nor file meta information: they start with group 8 (or 2), in either
// byte order. Some writers omit the preamble only.
function startWithoutPreamble(bytes: Uint8Array, path: string): number {
  if (startsWithMark(bytes)) return mark.length;
  const [a = 0, b = 0, c, d] = bytes;
  if ((a === 0 || b === 0) && (a + b === 8 || a + b === 2) && (a > 0 ? d : c) === 0) return 0;
  throw new FormatError("VOXRX_UNKNOWN_FORMAT", "the file does not start like a DICOM file", {
    file: path,
    remedy: "Check the file: it may be a web page saved under this name, another format, or an interrupted copy.",
  });
}

/** How a transfer syntax says that elements are encoded. */
function syntaxOf(transferSyntax: string | undefined, path: string): Syntax {
  if (transferSyntax === undefined) return littleExplicit;
  if (/[^0-9.]/.test(transferSyntax)) {
    const shown = JSON.stringify(transferSyntax.slice(0, 64));
    throw unsupportedEncoding(
      `TransferSyntaxUID (0002,0010) is ${shown}, which is not a UID`,
      path,
      "Convert the file to Explicit VR Little Endian.",
    );
  }
  const isImplicit = transferSyntax === syntaxes.implicit || transferSyntax === syntaxes.ge;
  return { littleEndian: transferSyntax !== syntaxes.bigEndian, explicit: !isImplicit };
}

function badElements(transferSyntax: string, path: string): FormatError {
  return badHeader(
    `no element starts after the file meta information, but ${nameOfSyntax(transferSyntax)}`,
    path,
    "The elements are damaged, or encoded otherwise than announced: correct the transfer syntax, or export again.",
  );
}

async function inflateAll(packed: Uint8Array, path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of inflate(packed, { packing: "deflate", path, signal })) {
      parts.push(part);
      length += part.length;
      if (length > maxInflatedBytes)
        throw badHeader(`the elements inflate to more than ${maxInflatedBytes} bytes`, path);
    }
  } catch (cause) {
    if (!isVoxRxError(cause, "VOXRX_BAD_COMPRESSION")) throw cause;
    const fault = `the elements can't be inflated, but ${nameOfSyntax(syntaxes.deflated)}`;
    const remedy =
      "The file is damaged, or encoded otherwise than announced: correct the transfer syntax or copy again.";
    throw new FormatError("VOXRX_BAD_COMPRESSION", fault, { file: path, cause, remedy });
  }
  return new Uint8Array(Buffer.concat(parts));
}
