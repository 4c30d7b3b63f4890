/** Decodes JPEG, JPEG-LS and JPEG 2000 frames with GDCM in @itk-wasm/image-io. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { FormatError } from "../../errors.ts";
import { badCompression } from "../../files/gunzip.ts";
import { isTypedArray, type TypedArray } from "../../samples.ts";
import { readInWorker } from "./decoder-worker.ts";
import type { DicomImage } from "./dicom-image.ts";

/**
 * Decodes compressed frames; the samples of a pixel are interleaved. The library reads a temporary file that contains
 * only the pixels and how they are encoded: it sees no other element of the patient's file, and doesn't rescale values.
 *
 * @throws FormatError `VOXRX_MISSING_LIBRARY`, `VOXRX_BAD_COMPRESSION`
 */
export async function decodeWithLibrary(
  frames: readonly Uint8Array[],
  image: DicomImage,
  signal: AbortSignal | undefined,
): Promise<TypedArray> {
  const { path } = image.file;
  const library = findLibrary(path);
  const dir = await mkdtemp(join(tmpdir(), "voxrx-frames-"));
  try {
    const file = join(dir, "frames.dcm");
    await writeFile(file, minimalFile(frames, image), { mode: 0o600 });
    const pixels = await readInWorker(library, file, signal).catch((cause: unknown) => {
      if (signal?.aborted) throw signal.reason;
      throw badCompression(
        "the compressed pixels are damaged, or encoded in a way that GDCM does not support",
        path,
        cause,
      );
    });
    if (isTypedArray(pixels)) return pixels;
    throw badCompression("the compressed pixels cannot be decoded", path);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
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
 * A minimal DICOM file, in the transfer syntax of the frames, with the frames and the elements that describe their
 * encoding.
 */
function minimalFile(frames: readonly Uint8Array[], image: DicomImage): Buffer {
  const { file, bits, isSigned, samples, photometric } = image;
  const across = image.mosaic?.across ?? 1;
  const uid = "2.25.1";
  const meta = Buffer.concat([
    text(0x0002, 0x0002, "UI", secondaryCapture),
    text(0x0002, 0x0003, "UI", uid),
    text(0x0002, 0x0010, "UI", file.transferSyntax),
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
    text(0x0028, 0x0004, "CS", photometric),
    ...(samples > 1 ? [element(0x0028, 0x0006, "US", word16(image.isPlanar ? 1 : 0))] : []),
    text(0x0028, 0x0008, "IS", String(frames.length)),
    element(0x0028, 0x0010, "US", word16(image.rows * across)),
    element(0x0028, 0x0011, "US", word16(image.columns * across)),
    element(0x0028, 0x0100, "US", word16(bits.allocated)),
    element(0x0028, 0x0101, "US", word16(bits.stored)),
    element(0x0028, 0x0102, "US", word16(bits.high)),
    element(0x0028, 0x0103, "US", word16(isSigned ? 1 : 0)),
    Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]),
    fragment(new Uint8Array(0)),
    ...frames.map(fragment),
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
