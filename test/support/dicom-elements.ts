/** DICOM files written element by element, in any encoding, whatever they announce. */
import { deflateRawSync } from "node:zlib";

/** A value: a string as written, numbers by the VR, bytes, or the items of a sequence. */
type Value = string | readonly number[] | Uint8Array | readonly Elements[];

/** An element: its VR and its value. */
export type Element = readonly [vr: string, value: Value];

/** Elements by tag in hexadecimal, as `"00280010"`. */
export type Elements = Readonly<Record<string, Element | undefined>>;

/** How elements are encoded. */
interface Encoding {
  readonly explicit?: boolean;
  readonly littleEndian?: boolean;
}

/** What a file announces, and how it is written. */
export interface FileInit extends Encoding {
  /** Transfer syntax; none if undefined is given. */
  readonly announced?: string | undefined;
  readonly deflated?: boolean;
}

const longForms = ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"];
const numbers: Readonly<Record<string, readonly [size: number, write: (at: Writer) => void]>> = {
  US: [2, ({ view, number, little }) => view.setUint16(0, number, little)],
  SS: [2, ({ view, number, little }) => view.setInt16(0, number, little)],
  OW: [2, ({ view, number, little }) => view.setUint16(0, number, little)],
  UL: [4, ({ view, number, little }) => view.setUint32(0, number, little)],
  SL: [4, ({ view, number, little }) => view.setInt32(0, number, little)],
  FL: [4, ({ view, number, little }) => view.setFloat32(0, number, little)],
  FD: [8, ({ view, number, little }) => view.setFloat64(0, number, little)],
};

interface Writer {
  readonly view: DataView;
  readonly number: number;
  readonly little: boolean;
}

/** Elements of an image of 5 columns and 4 rows, 16 bits, with a position. */
const plainImage: Elements = {
  "00080060": ["CS", "MR"],
  "00180050": ["DS", "1"],
  "0020000E": ["UI", "1.2.3"],
  "00200032": ["DS", "0\\0\\0"],
  "00200037": ["DS", "1\\0\\0\\0\\1\\0"],
  "00280002": ["US", [1]],
  "00280004": ["CS", "MONOCHROME2"],
  "00280010": ["US", [4]],
  "00280011": ["US", [5]],
  "00280030": ["DS", "1\\1"],
  "00280100": ["US", [16]],
  "00280101": ["US", [16]],
  "00280102": ["US", [15]],
  "00280103": ["US", [0]],
  "7FE00010": ["OW", Array.from({ length: 20 }, (_, n) => n)],
};

/** A file of {@link plainImage} with other elements; undefined removes one. */
export function plainFile(elements: Elements = {}, init: FileInit = {}): Buffer {
  return fileOf({ ...plainImage, ...elements }, init);
}

/** A file's bytes: preamble, file meta information and elements. */
export function fileOf(elements: Elements, init: FileInit = {}): Buffer {
  const { announced = "announced" in init ? undefined : "1.2.840.10008.1.2.1", deflated } = init;
  const meta = announced === undefined ? {} : ({ "00020010": ["UI", announced] } as const);
  const body = elementsOf(elements, init);
  const head = [Buffer.alloc(128), Buffer.from("DICM"), elementsOf(meta, {})];
  return Buffer.concat([...head, deflated ? deflateRawSync(body) : body]);
}

/** Value of compressed pixel data: an empty offset table, then the fragments. */
export function fragmentsOf(...values: readonly Uint8Array[]): Buffer {
  const items = [new Uint8Array(0), ...values].map((value) => {
    const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
    head.writeUInt32LE(value.length + (value.length % 2), 4);
    return Buffer.concat([head, value, Buffer.alloc(value.length % 2)]);
  });
  return Buffer.concat([...items, Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])]);
}

function elementsOf(elements: Elements, encoding: Encoding): Buffer {
  const sorted = Object.entries(elements).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(sorted.map(([tag, element]) => (element ? elementOf(tag, element, encoding) : Buffer.alloc(0))));
}

function elementOf(tag: string, [vr, value]: Element, encoding: Encoding): Buffer {
  const { explicit = true, littleEndian = true } = encoding;
  const bytes = bytesOf(vr, value, encoding);
  const isOpen = bytes.subarray(0, 4).toString("hex") === "feff00e0" && vr === "OB";
  const length = isOpen ? 0xffffffff : bytes.length;
  const words = [tag.slice(0, 4), tag.slice(4)].map((digits) =>
    binary("US", Number.parseInt(digits, 16), littleEndian),
  );
  const [short, long] = ["US", "UL"].map((size) => binary(size, length % 2 ** (size === "US" ? 16 : 32), littleEndian));
  if (!short || !long) throw new TypeError("two lengths");
  if (!explicit) return Buffer.concat([...words, long, bytes]);
  const size = longForms.includes(vr) ? [Buffer.alloc(2), long] : [short];
  return Buffer.concat([...words, Buffer.from(vr), ...size, bytes]);
}

function bytesOf(vr: string, value: Value, encoding: Encoding): Buffer {
  if (typeof value === "string") return padded(Buffer.from(value, "latin1"), vr === "UI" ? 0 : 32);
  if (value instanceof Uint8Array) return padded(Buffer.from(value), 0);
  const little = encoding.littleEndian ?? true;
  const parts = value.map((part) => {
    if (typeof part === "number") return binary(vr, part, little);
    const item = elementsOf(part, encoding);
    const words = [binary("US", 0xfffe, little), binary("US", 0xe000, little)];
    return Buffer.concat([...words, binary("UL", item.length, little), item]);
  });
  return Buffer.concat(parts);
}

function binary(vr: string, number: number, little: boolean): Buffer {
  const [size, write] = numbers[vr] ?? [1, ({ view }: Writer) => view.setUint8(0, number)];
  const bytes = Buffer.alloc(size);
  write({ view: new DataView(bytes.buffer, bytes.byteOffset, size), number, little });
  return bytes;
}

function padded(bytes: Buffer, by: number): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([by])]);
}
