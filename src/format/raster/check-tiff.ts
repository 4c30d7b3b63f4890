/** Refuses TIFF files that the decoder would take for something else, or for damaged (TIFF 6.0, BigTIFF). */
import { FormatError } from "../../errors.ts";
import { badHeader, unsupportedEncoding } from "../format-faults.ts";

/** The numbers of a page, by tag. */
type Tags = ReadonlyMap<number, readonly number[]>;

const [bitsPerSample, compression, photometric, samplesPerPixel, extraSamples] = [258, 259, 262, 277, 338];
const description = 270;
/** Bytes of a number by type: BYTE, ASCII, SHORT, LONG and LONG8. */
const sizes: ReadonlyMap<number, 1 | 2 | 4 | 8> = new Map([
  [1, 1],
  [2, 1],
  [3, 2],
  [4, 4],
  [16, 8],
]);
const maxPages = 100_000;
/** The tags that are looked at. */
const lookedAt = new Set([bitsPerSample, compression, photometric, samplesPerPixel, extraSamples, description]);
/** No tag that is looked at has more. */
const maxNumbers = 4096;

/** Colors of a pixel by photometric interpretation; others than these are not read. */
const colorsOf: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [1, 1],
  [2, 3],
  [3, 1],
  [5, 4],
  [6, 3],
]);
const ycc = 6;
/** The decoder turns YCbCr into RGB only for JPEG. */
const jpegs = [6, 7];

/**
 * Checks the color spaces and bit depths of all pages, and whether all images of ImageJ have a page.
 *
 * @throws FormatError `VOXRX_UNSUPPORTED_ENCODING`, `VOXRX_UNSUPPORTED_DTYPE`, `VOXRX_BAD_HEADER`
 */
export function checkTiff(bytes: Uint8Array, path: string): void {
  const pages = pagesOf(bytes);
  for (const page of pages) checkPage(page, path);
  const text = String.fromCharCode(...(pages[0]?.get(description) ?? []));
  const images = Number(/^ImageJ=[\s\S]*^images=(\d+)$/m.exec(text)?.[1] ?? 0);
  if (images <= pages.length) return;
  throw unsupportedEncoding(
    `ImageDescription (270) announces ${images} images of ImageJ, but there are ${pages.length} pages`,
    path,
    "Save the stack with a page for each image, or as .npy or .nrrd.",
  );
}

function checkPage(page: Tags, path: string): void {
  const [space] = page.get(photometric) ?? [];
  const [method = 1] = page.get(compression) ?? [];
  const colors = colorsOf.get(space ?? -1);
  if (space !== undefined && (colors === undefined || (space === ycc && !jpegs.includes(method)))) {
    const fault = `PhotometricInterpretation (262) is ${space} with Compression (259) ${method}: it is not supported`;
    throw unsupportedEncoding(fault, path, "Save the image as gray or RGB.");
  }
  // The decoder tells the type of 32 bits.
  const odd = page.get(bitsPerSample)?.find((bits) => ![1, 2, 4, 8, 16, 32].includes(bits));
  if (odd !== undefined) {
    throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `BitsPerSample (258) is ${odd}: it is not supported`, {
      file: path,
      remedy: "Save the image with 8 or 16 bits without a sign, or its values as .npy.",
    });
  }
  const [samples = 1] = page.get(samplesPerPixel) ?? [];
  const extra = page.get(extraSamples)?.length ?? 0;
  if (colors === undefined || samples === colors + extra) return;
  const fault = `SamplesPerPixel (277) is ${samples}, but there are ${colors} colors and ${extra} ExtraSamples (338)`;
  throw badHeader(fault, path, "Save each channel as a separate .npy or .tif file.");
}

/** The pages as far as they can be read: what is damaged is left to the decoder. */
function pagesOf(bytes: Uint8Array): Tags[] {
  const reader = new TiffReader(bytes);
  const pages: Tags[] = [];
  const seen = new Set<number>();
  try {
    for (let at = reader.first; at > 0 && !seen.has(at) && pages.length < maxPages; ) {
      seen.add(at);
      const { tags, next } = reader.page(at);
      pages.push(tags);
      at = next;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return pages;
}

class TiffReader {
  /** Entries that the file has room for: pages that overlap, and would take long, are not read further. */
  #entriesLeft: number;
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  readonly #isBig: boolean;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#entriesLeft = bytes.length / 12;
    this.#littleEndian = bytes[0] === 0x49;
    this.#isBig = this.#number(2, 2) === 43;
  }

  /** Place of the first page. */
  get first(): number {
    return this.#isBig ? this.#number(8, 8) : this.#number(4, 4);
  }

  page(at: number): { tags: Tags; next: number } {
    const [countBytes, entryBytes, word] = this.#isBig ? ([8, 20, 8] as const) : ([2, 12, 4] as const);
    const count = this.#number(at, countBytes);
    const tags = new Map<number, readonly number[]>();
    for (let n = 0; n < count; n++) {
      if (this.#entriesLeft-- < 1) throw new RangeError("the pages overlap");
      const entry = at + countBytes + n * entryBytes;
      const size = sizes.get(this.#number(entry + 2, 2));
      const length = this.#number(entry + 4, word);
      const tag = this.#number(entry, 2);
      if (size === undefined || length > maxNumbers || !lookedAt.has(tag)) continue;
      const place = entry + 4 + word;
      const from = length * size <= word ? place : this.#number(place, word);
      const numbers = Array.from({ length }, (_, each) => this.#number(from + each * size, size));
      tags.set(tag, numbers);
    }
    return { tags, next: this.#number(at + countBytes + count * entryBytes, word) };
  }

  #number(at: number, bytes: 1 | 2 | 4 | 8): number {
    if (bytes === 8) return Number(this.#view.getBigUint64(at, this.#littleEndian));
    if (bytes === 4) return this.#view.getUint32(at, this.#littleEndian);
    return bytes === 2 ? this.#view.getUint16(at, this.#littleEndian) : this.#view.getUint8(at);
  }
}
