/** What the first bytes of a compressed frame say about it: how it is compressed, its size and its colors. */
import type { Codec } from "./transfer-syntaxes.ts";

/** A frame in a format of JPEG. */
export interface Codestream {
  readonly codec: Exclude<Codec, "none" | "RLE">;
  /** The transfer syntax that a decoder needs for it, whatever the file announces; undefined if none decodes it. */
  readonly transferSyntax: string | undefined;
  readonly columns: number;
  readonly rows: number;
  readonly components: number;
  /** Bits per sample. */
  readonly precision: number;
  readonly isSigned: boolean;
  /** Whether colors are stored as planes, one after the other. */
  readonly isPlanar: boolean;
  /**
   * Whether the decoder's output is `RGB` or `YCbCr`, if the codestream tells; undefined if only the DICOM elements do.
   * A JPEG 2000 codestream with a color transform is decoded to RGB.
   */
  readonly colors: "RGB" | "YCbCr" | undefined;
  /** The compressed bytes, without a container. */
  readonly bytes: Uint8Array;
  /** Offset of the samples' code in JPEG-LS that is lossless, with default parameters, of one component. */
  readonly plainScan?: number | undefined;
}

/** The codestream of a frame; undefined if the bytes start like none, or end within its header. */
export function codestreamOf(frame: Uint8Array): Codestream | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  try {
    if (view.getUint16(0) === 0xffd8) return jpegOf(frame, view);
    if (view.getUint32(0) === 0xff4fff51) return jpeg2000Of(frame, view);
    if (view.getUint32(4) === 0x6a502020) return inBoxes(frame, view);
  } catch (error) {
    // The header extends beyond the frame.
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

const dicom = "1.2.840.10008.1.2.4";
/** By the marker of the frame header (ITU-T T.81, table B.1). Others are arithmetic or hierarchical. */
const processes: ReadonlyMap<number, string> = new Map([
  [0xffc0, `${dicom}.50`],
  [0xffc1, `${dicom}.51`],
  [0xffc2, `${dicom}.55`],
  [0xffc3, `${dicom}.70`],
]);
const losslessJpeg = 0xffc3;
const jpegLs = 0xfff7;
/** Preset parameters of JPEG-LS, and restart intervals. */
const lsParameters = [0xfff8, 0xffdd];
const startOfScan = 0xffda;

/** JPEG (ITU-T T.81, annex B) and JPEG-LS (T.87, annex C). */
function jpegOf(bytes: Uint8Array, view: DataView): Codestream | undefined {
  let [jfif, adobe]: [boolean, number | undefined] = [false, undefined];
  let at = 2;
  for (;;) {
    // A marker can follow any number of fill bytes.
    while (view.getUint16(at) === 0xffff) at++;
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    const name = Buffer.from(bytes.subarray(at + 4, at + 9)).toString("latin1");
    if (marker < 0xffc0 || length < 2 || marker === startOfScan) return undefined;
    if (marker === 0xffe0 && name === "JFIF\0") jfif = true;
    if (marker === 0xffee && name === "Adobe") adobe = view.getUint8(at + 15);
    const isFrame = marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame || marker === jpegLs) return frameOf(bytes, view, at, jfif ? 1 : adobe);
    at += 2 + length;
  }
}

/** @param transform Adobe's number for the color transform: 0 is none */
function frameOf(bytes: Uint8Array, view: DataView, at: number, transform: number | undefined): Codestream {
  const marker = view.getUint16(at);
  const components = view.getUint8(at + 9);
  const ids = Array.from({ length: components }, (_, n) => view.getUint8(at + 10 + 3 * n));
  const factors = Array.from({ length: components }, (_, n) => view.getUint8(at + 11 + 3 * n));
  const isLs = marker === jpegLs;
  const ls = isLs ? scanOf(view, at + 2 + view.getUint16(at + 2)) : undefined;
  const isLossless = isLs || marker === losslessJpeg;
  return {
    codec: isLs ? "JPEG-LS" : "JPEG",
    transferSyntax: isLs ? `${dicom}.8${ls?.isLossless ? 0 : 1}` : processes.get(marker),
    precision: view.getUint8(at + 4),
    rows: view.getUint16(at + 5),
    columns: view.getUint16(at + 7),
    components,
    isSigned: false,
    isPlanar: components > 1 && ls?.isPlanar === true,
    colors: isLossless || components !== 3 ? undefined : lossyColors(ids, factors, transform),
    bytes,
    plainScan: ls?.isLossless && !ls.hasParameters && components === 1 ? ls.code : undefined,
  };
}

/** As libjpeg tells colors; red, green and blue are never subsampled. */
function lossyColors(
  ids: readonly number[],
  factors: readonly number[],
  transform: number | undefined,
): Codestream["colors"] {
  if (transform !== undefined) return transform === 0 ? "RGB" : "YCbCr";
  if (String.fromCharCode(...ids) === "RGB") return "RGB";
  return factors.some((factor) => factor !== factors[0]) ? "YCbCr" : undefined;
}

/** What the header of the scan of JPEG-LS says. */
interface LsScan {
  readonly isLossless: boolean;
  readonly isPlanar: boolean;
  /** Whether marker segments before the scan, or its tables, change how samples are coded. */
  readonly hasParameters: boolean;
  /** Offset of the code. */
  readonly code: number;
}

function scanOf(view: DataView, from: number): LsScan {
  let [at, hasParameters] = [from, false];
  for (; view.getUint16(at) !== startOfScan; at += 2 + view.getUint16(at + 2)) {
    if (lsParameters.includes(view.getUint16(at))) hasParameters = true;
  }
  const count = view.getUint8(at + 4);
  const [table, near, interleaving, shift] = [at + 6, ...[5, 6, 7].map((n) => at + n + 2 * count)] as const;
  const byteAt = (position: number | undefined) => view.getUint8(position ?? at);
  return {
    isLossless: byteAt(near) === 0,
    isPlanar: byteAt(interleaving) === 0,
    hasParameters: hasParameters || byteAt(table) !== 0 || byteAt(shift) !== 0,
    code: at + 2 + view.getUint16(at + 2),
  };
}

/** JPEG 2000 (ITU-T T.800, annex A). */
function jpeg2000Of(bytes: Uint8Array, view: DataView): Codestream | undefined {
  const capabilities = view.getUint16(6);
  const size = (at: number) => view.getUint32(at) - view.getUint32(at + 8);
  const components = view.getUint16(40);
  const depth = view.getUint8(42);
  const parts = Array.from({ length: components }, (_, n) => view.getUint32(41 + 3 * n) & 0xffffff);
  const isEven = parts.every((part) => part === parts[0]) && (parts[0] ?? 0) % 65536 === 0x0101;
  let at = 4 + view.getUint16(4);
  // The default coding style.
  while (view.getUint16(at) !== 0xff52) {
    if (view.getUint16(at) < 0xff4f || view.getUint16(at) === 0xff90) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
  const isReversible = view.getUint8(at + 13) === 1;
  // Extensions of part 2 and of part 15 (high throughput), and subsampled components, decode to something else.
  const isPlain = (capabilities & 0xc000) === 0 && isEven;
  return {
    codec: "JPEG 2000",
    transferSyntax: isPlain ? `${dicom}.9${isReversible ? 0 : 1}` : undefined,
    columns: size(8),
    rows: size(12),
    components,
    precision: (depth & 0x7f) + 1,
    isSigned: depth >= 0x80,
    isPlanar: false,
    colors: view.getUint8(at + 8) === 1 ? "RGB" : undefined,
    bytes,
  };
}

/** The codestream in the boxes of a JP2 file (ITU-T T.800, annex I), which some writers store as it is. */
function inBoxes(bytes: Uint8Array, view: DataView): Codestream | undefined {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x6a703263) return codestreamOf(bytes.subarray(at + 8));
    if (length < 8) return undefined;
    at += length;
  }
  return undefined;
}
