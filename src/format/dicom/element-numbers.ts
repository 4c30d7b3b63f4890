/** The values of an element as numbers. A malformed value is an error, never a missing one. */
import { trimEndOf } from "../../trim-end.ts";
import { type Element, isImplicit } from "./parse-elements.ts";
import { badElement, type Keyword } from "./tags.ts";

/** A VR of numbers: the one that the standard gives an element, for files that don't contain it. */
export type NumberVr = "AT" | "DS" | "IS" | "US" | "SS" | "UL" | "SL" | "FL" | "FD";

/** VRs of strings. Some writers use others than DS and IS for numbers; the characters are the same. */
const stringVrs = ["DS", "IS", "LO", "SH", "CS", "ST", "LT", "UC", "UT"];

const readers: ReadonlyMap<string, { bytes: number; read: (view: DataView, at: number, le: boolean) => number }> =
  new Map([
    // Tags, as two numbers each.
    ["AT", { bytes: 2, read: (view, at, le) => view.getUint16(at, le) }],
    ["US", { bytes: 2, read: (view, at, le) => view.getUint16(at, le) }],
    ["SS", { bytes: 2, read: (view, at, le) => view.getInt16(at, le) }],
    ["UL", { bytes: 4, read: (view, at, le) => view.getUint32(at, le) }],
    ["SL", { bytes: 4, read: (view, at, le) => view.getInt32(at, le) }],
    ["FL", { bytes: 4, read: (view, at, le) => view.getFloat32(at, le) }],
    ["FD", { bytes: 8, read: (view, at, le) => view.getFloat64(at, le) }],
  ]);

/** Characters of a value that messages show. */
const mostShown = 64;

/**
 * All numbers of an element. Undefined if it is empty: elements of type 2 are empty if their value is unknown.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` for a value that is not a number, with the element
 */
export function numbersOf(element: Element, keyword: Keyword, vr: NumberVr, path: string): number[] | undefined {
  const own = isImplicit(element) ? vr : element.vr;
  if (stringVrs.includes(own)) return decimalsOf(element.value, keyword, path);
  const reader = readers.get(own);
  if (!reader) throw badElement(keyword, `has the value representation ${own}, which holds no numbers`, path);
  const { buffer, byteOffset, byteLength } = element.value;
  if (byteLength === 0) return undefined;
  if (byteLength % reader.bytes !== 0) {
    throw badElement(keyword, `has ${byteLength} bytes, which are not numbers of ${reader.bytes} bytes (${own})`, path);
  }
  const view = new DataView(buffer, byteOffset, byteLength);
  const numbers = Array.from({ length: byteLength / reader.bytes }, (_, n) =>
    reader.read(view, n * reader.bytes, element.syntax.littleEndian),
  );
  const wrong = numbers.find((number) => !Number.isFinite(number));
  if (wrong !== undefined) throw badElement(keyword, `is ${wrong}, not a finite number`, path);
  return numbers;
}

function decimalsOf(value: Uint8Array, keyword: Keyword, path: string): number[] | undefined {
  const text = withoutPadding(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1"));
  if (text === "") return undefined;
  return text.split("\\").map((part) => {
    const number = decimalOf(part);
    if (number !== undefined) return number;
    const [all, wrong] = [text, part].map((shown) => JSON.stringify(shown.slice(0, mostShown)));
    const fault = part === text ? `is ${all}, which` : `is ${all}, where ${wrong}`;
    throw badElement(keyword, `${fault} is not a decimal number`, path);
  });
}

/** A decimal string (PS3.5, 6.2: DS and IS) as a finite number; undefined if it is anything else. */
export function decimalOf(text: string): number | undefined {
  const trimmed = withoutPadding(text);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) return undefined;
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : undefined;
}

function withoutPadding(text: string): string {
  return trimEndOf(text, "\0 ").replace(/^ +/, "");
}
