/** Compressed frames in fragments (PS3.5, A.4), and decoding of RLE frames (PS3.5, annex G). */
import { unpackRuns } from "../../kernels/unpack-pixels.ts";
import { badHeader, truncated, unsupportedEncoding } from "../format-faults.ts";
import type { DicomImage } from "./dicom-image.ts";
import { badElement } from "./tags.ts";

const item = 0xfffee000;
const sequenceEnd = 0xfffee0dd;

/**
 * The bytes of each stored frame. `bytes` start with the value of the pixel data: an item with the offset table, then
 * the fragments.
 */
export function packedFrames(bytes: Uint8Array, { storedFrames, file }: DicomImage): Uint8Array[] {
  const { path } = file;
  const [table, ...fragments] = itemsOf(bytes, path);
  if (!table || fragments.length < storedFrames) {
    throw truncated(
      `the header announces ${storedFrames} frames, but there are only ${fragments.length} fragments`,
      path,
    );
  }
  const parts = fragments.map(({ value }) => value);
  if (parts.length === storedFrames) return parts;
  const offsets = offsetsOf(table.value);
  if (storedFrames === 1) {
    // The parts of one frame start like a frame only once.
    const starts = Math.max(offsets.length, parts.filter(startsFrame).length);
    if (starts <= 1) return [joined(parts)];
    throw badElement("NumberOfFrames", `is 1 or missing, but the pixel data has ${starts} frames`, path);
  }
  const base = fragments[0]?.at ?? 0;
  const starts = offsets.map((offset) => fragments.findIndex(({ at }) => at - base === offset));
  const isValid =
    starts.length === storedFrames && starts.every((start, n) => start >= 0 && start > (starts[n - 1] ?? -1));
  if (!isValid) {
    const fault = `${fragments.length} fragments for ${storedFrames} frames need a valid offset table`;
    throw unsupportedEncoding(fault, path, "Write the file again with one fragment for each frame.");
  }
  return starts.map((start, n) => joined(parts.slice(start, starts[n + 1])));
}

interface Item {
  readonly at: number;
  readonly value: Uint8Array;
}

function itemsOf(bytes: Uint8Array, path: string): Item[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items: Item[] = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const tag = view.getUint16(at, true) * 65536 + view.getUint16(at + 2, true);
    const length = view.getUint32(at + 4, true);
    if (tag === sequenceEnd) return items;
    if (tag !== item) throw badHeader("the compressed pixel data is not a sequence of fragments", path);
    if (at + 8 + length > bytes.length) throw truncated("the file ends within its compressed pixel data", path);
    items.push({ at, value: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length;
  }
  // Some writers omit the delimiter; the caller compares the number of fragments with the announced frames.
  return items;
}

/** Whether bytes start like a frame of JPEG, JPEG-LS or JPEG 2000, or like one of RLE. */
function startsFrame(bytes: Uint8Array): boolean {
  if (bytes.length < 64) return false;
  const [start, first] = [bytes.subarray(0, 4), bytes.subarray(4, 8)].map((part) => Buffer.from(part).toString("hex"));
  return (
    /^(ffd8ff|ff4fff51|0000000c$)/.test(start ?? "") || (/^[01].000000$/.test(start ?? "") && first === "40000000")
  );
}

function offsetsOf(table: Uint8Array): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: Math.floor(table.length / 4) }, (_, n) => view.getUint32(4 * n, true));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 && parts[0] ? parts[0] : new Uint8Array(Buffer.concat(parts));
}

/** Whether bytes start like an RLE frame with this number of segments: the first one follows the header of 64 bytes. */
export function isRle(frame: Uint8Array, segments: number): boolean {
  if (frame.length < 64) return false;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return view.getUint32(0, true) === segments && view.getUint32(4, true) === 64;
}

/**
 * Decodes one RLE frame into `output`, little-endian, with the samples of a pixel interleaved. Single bits stay packed,
 * eight in a byte.
 */
export function unpackFrame(packed: Uint8Array, output: Uint8Array, image: DicomImage): void {
  const { path } = image.file;
  const { bytes } = image.datatype;
  const planes = image.samples * bytes;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const count = packed.length >= 64 ? view.getUint32(0, true) : 0;
  if (count !== planes) throw badHeader(`an RLE frame must have ${planes} segments, got ${count}`, path);
  const wanted = output.length / planes;
  for (let plane = 0; plane < planes; plane++) {
    const from = view.getUint32(4 + 4 * plane, true);
    const end = plane + 1 < planes ? view.getUint32(8 + 4 * plane, true) : packed.length;
    if (from < 64 || end < from || end > packed.length) throw badHeader("a segment is outside its frame", path);
    // Segments contain the bytes of a number from the most to the least significant.
    const sample = Math.floor(plane / bytes);
    const first = sample * bytes + (bytes - 1 - (plane % bytes));
    const filled = unpackRuns(packed.subarray(from, end), output, first, planes);
    if (filled < wanted) throw truncated(`an RLE frame has only ${filled} of ${wanted} pixels`, path);
  }
}
