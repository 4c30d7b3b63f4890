/** A DICOM file's elements, read without its pixel data. */
import { FormatError } from "../../errors.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import { ImageFile } from "../../files/image-file.ts";
import { badHeader, truncated, unsupportedEncoding } from "../samples/stored-image.ts";
import { unpack } from "../samples/unpack.ts";
import { ElementReader, NeedsMore, type Parsed, type PixelData, type Syntax } from "./element-values.ts";
import { DicomDataset } from "./parse-elements.ts";

const firstBytes = 2 ** 16;
const longestHeader = 2 ** 29;
const longestInflated = 2 ** 30;

/** Transfer syntaxes that are told by name here (PS3.6, table A-1); all others pack their frames. */
export const syntaxes = {
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
  deflated: "1.2.840.10008.1.2.1.99",
  bigEndian: "1.2.840.10008.1.2.2",
  rle: "1.2.840.10008.1.2.5",
} as const;

/** A file whose elements up to the pixel data were read. */
export interface DicomFile {
  readonly path: string;
  /** Bytes of the file, or of what its deflated elements inflate to. */
  readonly size: number;
  readonly transferSyntax: string;
  readonly littleEndian: boolean;
  readonly dataset: DicomDataset;
  readonly pixels: PixelData | undefined;
  /** All bytes, where they are in memory: inflated, or there from the start. Not to be changed. */
  readonly bytes: Uint8Array | undefined;
}

/** Whether bytes begin as a DICOM file does (PS3.10, 7.1). */
export function isDicom(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(128, 132)).toString("latin1") === "DICM";
}

/**
 * Reads a file's elements; of its pixel data only where they are.
 *
 * @throws FormatError `VOXRX_UNKNOWN_FORMAT`, `VOXRX_BAD_HEADER`, `VOXRX_TRUNCATED_FILE`, and as {@link ImageFile.open}
 */
export async function readDicomFile(path: string, signal: AbortSignal | undefined): Promise<DicomFile> {
  return readDicom(await ImageFile.open(path, signal), signal);
}

/** {@link readDicomFile} of bytes wherever they are. Closes the source. */
export async function readDicom(file: ByteSource, signal: AbortSignal | undefined): Promise<DicomFile> {
  const { path } = file;
  try {
    for (let length = firstBytes; ; length *= 4) {
      const bytes = new Uint8Array(Math.min(length, file.size));
      const filled = await file.read(bytes, 0);
      const isWhole = length >= file.size;
      const parsed = await parseFile(bytes.subarray(0, filled), file, isWhole, signal);
      if (parsed) return parsed;
      if (isWhole) throw truncated("the file ends within its elements", path);
      if (length > longestHeader) throw badHeader(`no pixel data begin within ${longestHeader} bytes`, path);
    }
  } finally {
    await file.close();
  }
}

/** The file, if its elements could be read to the pixel data or the end. */
async function parseFile(
  bytes: Uint8Array,
  file: ByteSource,
  isWhole: boolean,
  signal: AbortSignal | undefined,
): Promise<DicomFile | undefined> {
  const { path } = file;
  const from = isDicom(bytes) ? 132 : bareStart(bytes, path);
  const reader = new ElementReader(bytes, path);
  const meta = attempt(() => reader.read(from, { littleEndian: true, explicit: true }, (tag) => tag >>> 16 !== 2));
  if (!meta) return undefined;
  const transferSyntax = new DicomDataset(meta.elements, path).text("TransferSyntaxUID") ?? guess(bytes, meta.end);
  const syntax = syntaxOf(transferSyntax, path);
  if (transferSyntax === syntaxes.deflated) {
    if (!isWhole) return undefined;
    const inflated = await inflateAll(bytes.subarray(meta.end), path, signal);
    const parsed = attempt(() => new ElementReader(inflated, path).read(0, syntax));
    return parsed && toFile(parsed, { path, size: inflated.length, transferSyntax, bytes: inflated }, syntax);
  }
  const parsed = attempt(() => reader.read(meta.end, syntax));
  if (!parsed || (!isWhole && !parsed.pixels)) return undefined;
  return toFile(parsed, { path, size: file.size, transferSyntax, bytes: file.bytes }, syntax);
}

function toFile(
  { elements, pixels }: Parsed,
  about: Pick<DicomFile, "path" | "size" | "transferSyntax" | "bytes">,
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

// Files from before PS3.10 have neither a preamble nor file meta information: they begin with group 8 (or 2).
function bareStart(bytes: Uint8Array, path: string): number {
  const [a, b, c, d] = bytes;
  if ((a === 8 || a === 2) && b === 0 && d === 0 && c !== undefined) return 0;
  throw new FormatError("VOXRX_UNKNOWN_FORMAT", "the file does not begin as a DICOM file does", {
    file: path,
    remedy: "See what the file is: a page saved under this name, another format, or an interrupted copy.",
  });
}

function guess(bytes: Uint8Array, at: number): string {
  const vr = Buffer.from(bytes.subarray(at + 4, at + 6)).toString("latin1");
  return /^[A-Z]{2}$/.test(vr) ? syntaxes.explicit : syntaxes.implicit;
}

function syntaxOf(transferSyntax: string, path: string): Syntax {
  if (/[^0-9.]/.test(transferSyntax)) {
    const said = JSON.stringify(transferSyntax.slice(0, 64));
    throw unsupportedEncoding(
      `the transfer syntax ${said} is unknown`,
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
    if (length > longestInflated) throw badHeader(`the elements inflate to more than ${longestInflated} bytes`, path);
  }
  return new Uint8Array(Buffer.concat(parts));
}
