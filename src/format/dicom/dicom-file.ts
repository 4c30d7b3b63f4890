/** Reads the elements of a DICOM file, without its pixel data. */
import { FormatError } from "../../errors.ts";
import { type ByteSource, bytesInMemory } from "../../files/byte-source.ts";
import { ImageFile } from "../../files/image-file.ts";
import { badHeader, truncated, unsupportedEncoding } from "../format-faults.ts";
import { unpack } from "../samples/unpack.ts";
import { closing } from "../with-reader.ts";
import { ElementReader, NeedsMore, type Parsed, type PixelData, type Syntax } from "./parse-elements.ts";
import { DicomDataset } from "./element-values.ts";

const firstBytes = 2 ** 16;
const maxHeaderBytes = 2 ** 29;
const maxInflatedBytes = 2 ** 30;

/** Transfer syntaxes with special handling (PS3.6, table A-1); all others have compressed frames. */
export const syntaxes = {
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
  deflated: "1.2.840.10008.1.2.1.99",
  bigEndian: "1.2.840.10008.1.2.2",
  rle: "1.2.840.10008.1.2.5",
} as const;

/** A file with its elements up to the pixel data. */
export interface DicomFile {
  readonly path: string;
  /** Size of the file in bytes, or of the inflated elements if the transfer syntax is deflated. */
  readonly size: number;
  readonly transferSyntax: string;
  readonly littleEndian: boolean;
  readonly dataset: DicomDataset;
  readonly pixels: PixelData | undefined;
  /**
   * Source of the bytes, if they are in memory or the file is still open. If undefined, the file must be opened again.
   */
  readonly source: ByteSource | undefined;
}

/** Whether bytes start like a DICOM file (PS3.10, 7.1). */
export function isDicom(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(128, 132)).toString("latin1") === "DICM";
}

/**
 * Reads the elements of a file, and the position of its pixel data.
 *
 * @throws FormatError `VOXRX_UNKNOWN_FORMAT`, `VOXRX_BAD_HEADER`, `VOXRX_TRUNCATED_FILE`, and as {@link ImageFile.open}
 */
export async function readDicomFile(path: string, signal: AbortSignal | undefined): Promise<DicomFile> {
  return closing(await ImageFile.open(path, signal), async (file) => {
    const read = await readDicom(file, signal);
    return read.source === file ? { ...read, source: undefined } : read;
  });
}

/** {@link readDicomFile} for any byte source. The source stays open: pixels are read from it later. */
export async function readDicom(source: ByteSource, signal: AbortSignal | undefined): Promise<DicomFile> {
  const { path, size } = source;
  for (let length = firstBytes; ; length *= 4) {
    const bytes = new Uint8Array(Math.min(length, size));
    const filled = await source.read(bytes, 0);
    const isWhole = length >= size;
    const parsed = await parseFile(bytes.subarray(0, filled), source, isWhole, signal);
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
  const meta = attempt(() => reader.read(from, { littleEndian: true, explicit: true }, (tag) => tag >>> 16 !== 2));
  if (!meta) return undefined;
  const transferSyntax =
    new DicomDataset(meta.elements, path).text("TransferSyntaxUID") ?? guessSyntax(bytes, meta.end);
  const syntax = syntaxOf(transferSyntax, path);
  if (transferSyntax === syntaxes.deflated) {
    if (!isWhole) return undefined;
    const inflated = await inflateAll(bytes.subarray(meta.end), path, signal);
    const parsed = attempt(() => new ElementReader(inflated, path).read(0, syntax));
    const about = { path, size: inflated.length, transferSyntax, source: bytesInMemory(inflated, path) };
    return parsed && toFile(parsed, about, syntax);
  }
  const parsed = attempt(() => reader.read(meta.end, syntax));
  if (!parsed || (!isWhole && !parsed.pixels)) return undefined;
  return toFile(parsed, { path, size, transferSyntax, source }, syntax);
}

function toFile(
  { elements, pixels }: Parsed,
  about: Pick<DicomFile, "path" | "size" | "transferSyntax" | "source">,
  { littleEndian }: Syntax,
): DicomFile {
  return { ...about, littleEndian, dataset: new DicomDataset(elements, about.path), pixels };
}

function attempt(read: () => Parsed): Parsed | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NeedsMore) return undefined;
    throw error;
  }
}

// Files from before PS3.10 have neither a preamble nor file meta information: they start with group 8 (or 2).
function startWithoutPreamble(bytes: Uint8Array, path: string): number {
  const [a, b, c, d] = bytes;
  if ((a === 8 || a === 2) && b === 0 && d === 0 && c !== undefined) return 0;
  throw new FormatError("VOXRX_UNKNOWN_FORMAT", "the file does not start like a DICOM file", {
    file: path,
    remedy: "Check the file: it may be a web page saved under this name, another format, or an interrupted copy.",
  });
}

function guessSyntax(bytes: Uint8Array, at: number): string {
  const vr = Buffer.from(bytes.subarray(at + 4, at + 6)).toString("latin1");
  return /^[A-Z]{2}$/.test(vr) ? syntaxes.explicit : syntaxes.implicit;
}

function syntaxOf(transferSyntax: string, path: string): Syntax {
  if (/[^0-9.]/.test(transferSyntax)) {
    const shown = JSON.stringify(transferSyntax.slice(0, 64));
    throw unsupportedEncoding(
      `the transfer syntax ${shown} is unknown`,
      path,
      "Convert the file to Explicit VR Little Endian.",
    );
  }
  return { littleEndian: transferSyntax !== syntaxes.bigEndian, explicit: transferSyntax !== syntaxes.implicit };
}

async function inflateAll(packed: Uint8Array, path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of unpack(packed, "deflate", { path, signal })) {
    parts.push(part);
    length += part.length;
    if (length > maxInflatedBytes) throw badHeader(`the elements inflate to more than ${maxInflatedBytes} bytes`, path);
  }
  return new Uint8Array(Buffer.concat(parts));
}
