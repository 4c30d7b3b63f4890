/**
 * Parses the data elements of a DICOM file (PS3.5, section 7): tags with the bytes of their values. Every length is
 * checked before it is used.
 */
import { badHeader } from "../format-faults.ts";
import { notation } from "./tags.ts";

/** How elements are encoded. */
export interface Syntax {
  readonly littleEndian: boolean;
  /** Whether each element contains its value representation (VR). */
  readonly explicit: boolean;
}

/** One element. */
export interface Element {
  /** Two letters; empty if the file doesn't contain it. */
  readonly vr: string;
  readonly value: Uint8Array;
  readonly syntax: Syntax;
}

/** Elements by `(group << 16 | element) >>> 0`. */
export type Elements = ReadonlyMap<number, Element>;

/** Whether the file doesn't tell the VR of an element: the standard's dictionary does (PS3.5, 6.2.2 for UN). */
export function isImplicit({ vr }: Element): boolean {
  return vr === "" || vr === "UN";
}

/** Position of the pixel data. */
export interface PixelData {
  readonly tag: number;
  /** As in {@link Element}. */
  readonly vr: string;
  /** Offset of the value in the parsed bytes. */
  readonly from: number;
  /** Length of the value in bytes; undefined if it is stored in fragments (PS3.5, A.4). */
  readonly length: number | undefined;
}

/** Result of parsing. */
export interface Parsed {
  readonly elements: Elements;
  readonly pixels: PixelData | undefined;
  /** Offset after the last element. */
  readonly end: number;
}

/** Thrown if the bytes end within an element: parsing may succeed with more bytes. */
export class NeedsMore {
  /** Minimum number of bytes needed. */
  readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

const shortForms = [
  ...["AE", "AS", "AT", "CS", "DA", "DS", "DT", "FL", "FD", "IS", "LO", "LT"],
  ...["PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"],
];
const longForms = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"];
const undefinedLength = 0xffffffff;
const item = 0xfffee000;
const itemEnd = 0xfffee00d;
const sequenceEnd = 0xfffee0dd;
/** Float, double and integer pixels (PS3.3, C.7.6.24, C.7.6.25, C.7.6.3). */
const pixelTags = [0x7fe00008, 0x7fe00009, 0x7fe00010];
/** Maximum depth of nested sequences. */
const maxDepth = 32;

/** Reads elements in order until `stop`, pixel data or the end of the bytes. */
export class ElementReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #path: string;

  constructor(bytes: Uint8Array, path: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#path = path;
  }

  /**
   * @param from offset of the first element
   * @param stop whether to stop before the element with this tag
   * @throws FormatError `VOXRX_BAD_HEADER`
   * @throws NeedsMore if the bytes end within an element
   */
  read(from: number, syntax: Syntax, stop: (tag: number) => boolean = () => false): Parsed {
    const elements = new Map<number, Element>();
    let at = from;
    while (at < this.#bytes.length) {
      // The next element may have another encoding, so only its tag is read here.
      if (stop(this.#tag(at, syntax))) break;
      const { tag, vr, length, start } = this.#head(at, syntax);
      if (pixelTags.includes(tag)) {
        const pixels = { tag, vr, from: start, length: length === undefinedLength ? undefined : length };
        return { elements, pixels, end: at };
      }
      at = length === undefinedLength ? this.#skipItems(start, innerSyntax(vr, syntax), 0) : start + length;
      if (at > this.#bytes.length) throw new NeedsMore(at);
      // A sequence of undefined length keeps its delimiter, which ends its items.
      elements.set(tag, { vr, value: this.#bytes.subarray(start, at), syntax: innerSyntax(vr, syntax) });
    }
    return { elements, pixels: undefined, end: at };
  }

  /** The items of a sequence, if these bytes are its value. @throws FormatError `VOXRX_BAD_HEADER` */
  items(syntax: Syntax): Elements[] {
    try {
      return this.#items(syntax);
    } catch (error) {
      throw error instanceof NeedsMore ? badHeader("an element extends beyond its sequence", this.#path) : error;
    }
  }

  #items(syntax: Syntax): Elements[] {
    const items: Elements[] = [];
    let at = 0;
    while (at + 8 <= this.#bytes.length) {
      const { tag, length, start } = this.#head(at, syntax);
      if (tag === sequenceEnd) break;
      if (tag !== item) throw badHeader(`expected an item of a sequence, got element ${notation(tag)}`, this.#path);
      const isOpen = length === undefinedLength;
      const end = isOpen ? this.#bytes.length : start + length;
      if (end > this.#bytes.length) throw badHeader("an item extends beyond its sequence", this.#path);
      const inner = new ElementReader(this.#bytes.subarray(start, end), this.#path);
      const parsed = inner.read(0, syntax, (next) => next === itemEnd);
      items.push(parsed.elements);
      at = isOpen ? start + parsed.end + 8 : end;
    }
    return items;
  }

  #tag(at: number, { littleEndian }: Syntax): number {
    if (at + 8 > this.#bytes.length) throw new NeedsMore(at + 8);
    return this.#view.getUint16(at, littleEndian) * 65536 + this.#view.getUint16(at + 2, littleEndian);
  }

  #head(at: number, syntax: Syntax): { tag: number; vr: string; length: number; start: number } {
    const { littleEndian, explicit } = syntax;
    const view = this.#view;
    const tag = this.#tag(at, syntax);
    const isDelimiter = tag >= item && tag <= sequenceEnd;
    if (!explicit || isDelimiter) return { tag, vr: "", length: view.getUint32(at + 4, littleEndian), start: at + 8 };
    const vr = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5));
    if (!/^[A-Z]{2}$/.test(vr)) {
      throw badHeader(`element ${notation(tag)} has no value representation`, this.#path);
    }
    if (!longForms.includes(vr)) return { tag, vr, length: view.getUint16(at + 6, littleEndian), start: at + 8 };
    if (at + 12 > this.#bytes.length) throw new NeedsMore(at + 12);
    return { tag, vr, length: view.getUint32(at + 8, littleEndian), start: at + 12 };
  }

  /** Offset after a sequence of undefined length. */
  #skipItems(from: number, syntax: Syntax, depth: number): number {
    if (depth > maxDepth) throw badHeader(`sequences are nested more than ${maxDepth} deep`, this.#path);
    let at = from;
    for (;;) {
      const { tag, length, start } = this.#head(at, syntax);
      if (tag === sequenceEnd) return start;
      if (tag !== item) throw badHeader(`expected an item, got element ${notation(tag)}`, this.#path);
      at = length === undefinedLength ? this.#skipElements(start, syntax, depth) : start + length;
    }
  }

  #skipElements(from: number, syntax: Syntax, depth: number): number {
    let at = from;
    for (;;) {
      const { tag, vr, length, start } = this.#head(at, syntax);
      if (tag === itemEnd) return start;
      at = length === undefinedLength ? this.#skipItems(start, innerSyntax(vr, syntax), depth + 1) : start + length;
    }
  }
}

// PS3.5, 6.2.2, note 2: an element of VR UN and undefined length is encoded as implicit VR.
function innerSyntax(vr: string, syntax: Syntax): Syntax {
  return vr === "UN" ? { littleEndian: true, explicit: false } : syntax;
}

/**
 * How the elements at an offset are encoded. The bytes of the first one decide where they are plain: files are often
 * written otherwise than they announce, and other readers don't mind.
 *
 * @param announced what the transfer syntax says
 */
export function syntaxAt(bytes: Uint8Array, at: number, announced: Syntax): Syntax {
  if (at + 8 > bytes.length) return announced;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [little, big] = [view.getUint16(at, true), view.getUint16(at, false)];
  // The first group is a low number (8 in nearly all files), so the other byte order makes it a high one.
  const littleEndian = little === big ? announced.littleEndian : little < big;
  const vr = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5));
  const isKnown = shortForms.includes(vr) || longForms.includes(vr);
  return { littleEndian, explicit: isKnown || (announced.explicit && /^[A-Z]{2}$/.test(vr)) };
}

/** Whether the bytes at an offset can be the first element of a file: its group is 2, 8 or a private one below 16. */
export function startsElements(bytes: Uint8Array, at: number): boolean {
  if (at + 8 > bytes.length) return false;
  const [a = 0, b = 0] = bytes.subarray(at, at + 2);
  return (a === 0 || b === 0) && a + b > 0;
}
