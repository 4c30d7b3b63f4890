/** Decodes JPEG, JPEG-LS and JPEG 2000 frames with GDCM in @itk-wasm/image-io. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FormatError } from "../../errors.ts";
import { isTypedArray, type TypedArray } from "../../samples.ts";
import { unsupportedEncoding } from "../format-faults.ts";
import type { Codestream } from "./codestream.ts";
import { decodeJpegLs } from "./decode-jpeg-ls.ts";
import { readInWorker } from "./decoder-worker.ts";
import type { DicomImage } from "./dicom-image.ts";
import { badElement, type Keyword } from "./tags.ts";
import { nameOfSyntax } from "./transfer-syntaxes.ts";

/** Bytes of pixels that the library decodes at once: it blocks its thread meanwhile. */
const batchBytes = 16 * 2 ** 20;

/** Receives the decoded frames that start with number `first`, counted from 0; the samples of a pixel are interleaved. */
type Sink = (decoded: TypedArray, first: number) => void;

/**
 * Decodes compressed frames. Samples are those of the codestreams: the library sees neither the patient's elements nor
 * those that would make it change samples (photometric interpretation, bit depths, rescaling).
 *
 * @throws FormatError `VOXRX_MISSING_LIBRARY`, `VOXRX_BAD_COMPRESSION`, `VOXRX_UNSUPPORTED_ENCODING`, `VOXRX_BAD_HEADER`
 */
export async function decodeFrames(
  streams: readonly Codestream[],
  image: DicomImage,
  signal: AbortSignal | undefined,
  sink: Sink,
): Promise<void> {
  for (const [n, stream] of streams.entries()) checkStream(stream, n, image);
  const frameLength = widthOf(image) * heightOf(image) * image.samples;
  let most = Math.max(1, Math.floor(batchBytes / (frameLength * image.datatype.bytes)));
  for (let from = 0; from < streams.length; ) {
    signal?.throwIfAborted();
    const [next] = streams.slice(from);
    if (next?.plainScan !== undefined && next.precision >= 2 && next.precision < leastBits) {
      sink(decodeFewBits(next, next.plainScan, from, image), from++);
      continue;
    }
    const limit = streams.findIndex((stream, n) => n > from && (n >= from + most || !isAlike(stream, streams[from])));
    const end = limit < 0 ? streams.length : limit;
    const library = findLibrary(image.file.path);
    const decoded = await decodeBatch(library, streams.slice(from, end), image, signal).catch((cause: unknown) => {
      if (signal?.aborted) throw signal.reason;
      const [stream] = streams.slice(from, end);
      if (stream && end === from + 1) throw undecodable(stream, from, image, cause);
      // One by one from here, to tell which frame can't be decoded.
      most = 1;
      return undefined;
    });
    if (!decoded) continue;
    sink(decoded, from);
    from = end;
  }
}

/** GDCM refuses JPEG-LS of 5 to 7 bits, so frames of fewer bits than this are decoded here. */
const leastBits = 8;

function decodeFewBits(stream: Codestream, scan: number, frame: number, image: DicomImage): Uint8Array {
  const samples = decodeJpegLs(stream.bytes.subarray(scan), stream);
  if (samples) return samples;
  const where = `frame ${frame + 1} of ${image.storedFrames} (JPEG-LS, ${stream.precision} bits)`;
  throw new FormatError("VOXRX_BAD_COMPRESSION", `${where} is damaged`, {
    file: image.file.path,
    remedy: "Copy the file again.",
  });
}

/** Whether two frames have the same encoding, so that one file can hold both. */
function isAlike(a: Codestream, b: Codestream | undefined): boolean {
  const { transferSyntax, precision, isSigned, isPlanar } = a;
  return (
    transferSyntax === b?.transferSyntax &&
    precision === b?.precision &&
    isSigned === b?.isSigned &&
    isPlanar === b?.isPlanar
  );
}

/** Compares a codestream with the DICOM elements. */
function checkStream(stream: Codestream, frame: number, image: DicomImage): void {
  const { path } = image.file;
  const { columns, rows, components, precision, codec } = stream;
  const where = `frame ${frame + 1} of ${image.storedFrames}`;
  if (stream.transferSyntax === undefined) {
    throw unsupportedEncoding(
      `${where} uses a variant of ${codec} that is not supported; ${nameOfSyntax(image.file.transferSyntax)}`,
      path,
      convertRemedy,
    );
  }
  const faults: [Keyword, number, number, boolean][] = [
    ["Columns", columns, widthOf(image), columns === widthOf(image)],
    ["Rows", rows, heightOf(image), rows === heightOf(image)],
    ["SamplesPerPixel", components, image.samples, components === image.samples],
    ["BitsAllocated", precision, image.bits.allocated, precision <= image.bits.allocated],
  ];
  for (const [keyword, found, announced, isRight] of faults) {
    if (!isRight) throw badElement(keyword, `is ${announced}, but the ${codec} header of ${where} says ${found}`, path);
  }
}

function undecodable(stream: Codestream, frame: number, image: DicomImage, cause: unknown): FormatError {
  const { path, transferSyntax } = image.file;
  const { codec, precision } = stream;
  const where = `frame ${frame + 1} of ${image.storedFrames} (${codec}, ${precision} bits)`;
  const syntax = nameOfSyntax(transferSyntax);
  if (![8, 12, 16].includes(precision)) {
    const fault = `GDCM can't decode ${where}: this number of bits is not supported, or the frame is damaged; ${syntax}`;
    return new FormatError("VOXRX_UNSUPPORTED_ENCODING", fault, { file: path, cause, remedy: convertRemedy });
  }
  return new FormatError("VOXRX_BAD_COMPRESSION", `GDCM can't decode ${where}: it is damaged; ${syntax}`, {
    file: path,
    cause,
    remedy: `Copy the file again. If another program shows the image: ${convertRemedy}`,
  });
}

/** What helps with frames that can't be decoded. */
export const convertRemedy =
  "convert the file to Explicit VR Little Endian, for example with gdcmconv --raw or dcmdjpeg.";

async function decodeBatch(
  library: string,
  streams: readonly Codestream[],
  image: DicomImage,
  signal: AbortSignal | undefined,
): Promise<TypedArray> {
  const dir = await mkdtemp(join(tmpdir(), "voxrx-frames-"));
  try {
    const file = join(dir, "frames.dcm");
    await writeFile(file, minimalFile(streams, image), { mode: 0o600 });
    const pixels = await readInWorker(library, file, signal);
    const wanted = streams.length * widthOf(image) * heightOf(image) * image.samples;
    if (isTypedArray(pixels) && pixels.length === wanted) return pixels;
    throw new Error(`it gave ${isTypedArray(pixels) ? pixels.length : "no"} samples instead of ${wanted}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

// A mosaic is one frame.
function widthOf({ columns, mosaic }: DicomImage): number {
  return columns * (mosaic?.across ?? 1);
}

function heightOf({ rows, mosaic }: DicomImage): number {
  return rows * (mosaic?.across ?? 1);
}

/** URL of the library. */
function findLibrary(path: string): string {
  try {
    return pathToFileURL(createRequire(import.meta.url).resolve("@itk-wasm/image-io")).href;
  } catch (cause) {
    throw new FormatError("VOXRX_MISSING_LIBRARY", "compressed DICOM pixels need the library @itk-wasm/image-io", {
      file: path,
      cause,
      remedy: "Install it: npm install @itk-wasm/image-io",
    });
  }
}

/**
 * A minimal DICOM file with the frames and the elements that describe their encoding. They come from the codestream, and
 * the photometric interpretation is one that changes nothing: with MONOCHROME1 or palettes, the library inverts samples
 * or refuses them; with YCbCr, or fewer bits than the codestream has, it converts or misreads them.
 */
function minimalFile(streams: readonly Codestream[], image: DicomImage): Buffer {
  const [{ transferSyntax = "", precision = 8, isSigned = false, isPlanar = false } = {}] = streams;
  const allocated = [8, 16].find((bits) => bits >= precision) ?? 32;
  const { samples } = image;
  const uid = "2.25.1";
  const meta = Buffer.concat([
    text(0x0002, 0x0002, "UI", secondaryCapture),
    text(0x0002, 0x0003, "UI", uid),
    text(0x0002, 0x0010, "UI", transferSyntax),
  ]);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    element(0x0002, 0x0000, "UL", word32(meta.length)),
    meta,
    text(0x0008, 0x0016, "UI", secondaryCapture),
    text(0x0008, 0x0018, "UI", uid),
    text(0x0020, 0x000d, "UI", uid),
    text(0x0020, 0x000e, "UI", uid),
    element(0x0028, 0x0002, "US", word16(samples)),
    text(0x0028, 0x0004, "CS", samples === 3 ? "RGB" : "MONOCHROME2"),
    ...(samples > 1 ? [element(0x0028, 0x0006, "US", word16(isPlanar ? 1 : 0))] : []),
    text(0x0028, 0x0008, "IS", String(streams.length)),
    element(0x0028, 0x0010, "US", word16(heightOf(image))),
    element(0x0028, 0x0011, "US", word16(widthOf(image))),
    element(0x0028, 0x0100, "US", word16(allocated)),
    element(0x0028, 0x0101, "US", word16(allocated)),
    element(0x0028, 0x0102, "US", word16(allocated - 1)),
    element(0x0028, 0x0103, "US", word16(isSigned ? 1 : 0)),
    Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]),
    fragment(new Uint8Array(0)),
    ...streams.map(({ bytes }) => fragment(bytes)),
    Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]),
  ]);
}

/** Multi-frame Grayscale Word Secondary Capture Image Storage. */
const secondaryCapture = "1.2.840.10008.5.1.4.1.1.7.3";

function element(group: number, number: number, vr: string, value: Buffer): Buffer {
  return Buffer.concat([word16(group), word16(number), Buffer.from(vr), word16(value.length), value]);
}

function text(group: number, number: number, vr: string, value: string): Buffer {
  const padding = value.length % 2 === 0 ? "" : vr === "UI" ? "\0" : " ";
  return element(group, number, vr, Buffer.from(value + padding, "latin1"));
}

function fragment(value: Uint8Array): Buffer {
  const padding = Buffer.alloc(value.length % 2);
  return Buffer.concat([Buffer.from([0xfe, 0xff, 0x00, 0xe0]), word32(value.length + padding.length), value, padding]);
}

function word16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function word32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
