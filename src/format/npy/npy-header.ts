/**
 * Parses the header of a NumPy array file (numpy.lib.format, versions 1 to 3). Only dictionaries as written by NumPy
 * are supported; nothing is executed.
 */
import { FormatError } from "../../errors.ts";
import { badHeader, truncated } from "../format-faults.ts";
import type { StoredNumber } from "../samples/datatypes.ts";
import { quoted } from "../text-fields.ts";

/** A parsed header. */
export interface NpyHeader {
  /** Type of each number. There is no typed array for `float16` and `bool`. */
  readonly number: StoredNumber | "float16" | "bool";
  /** Size of one number in bytes. */
  readonly bytes: number;
  readonly littleEndian: boolean;
  /** Whether the first axis is the fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Byte at which the samples start. */
  readonly offset: number;
}

const magic = Buffer.from("\x93NUMPY", "latin1");
/** Maximum length of the header, which is one line of text. */
const maxHeaderBytes = 2 ** 20;

const kinds = new Map<string, NpyHeader["number"]>([
  ["b1", "bool"],
  ["u1", "uint8"],
  ["i1", "int8"],
  ["u2", "uint16"],
  ["i2", "int16"],
  ["u4", "uint32"],
  ["i4", "int32"],
  ["u8", "uint64"],
  ["i8", "int64"],
  ["f2", "float16"],
  ["f4", "float32"],
  ["f8", "float64"],
]);

/** A Python string, list, tuple of integers, or truth value: all that a header contains. */
const entry = /\s*(['"])(\w+)\1\s*:\s*('[^']*'|"[^"]*"|\[.*\]|\([^()]*\)|True|False)\s*(?:,|$)/sy;
const names = ["descr", "fortran_order", "shape"];

/** Whether bytes start like an array file. */
export function isNpy(bytes: Uint8Array): boolean {
  return bytes.length >= 10 && magic.equals(bytes.subarray(0, 6));
}

/** Size of the header in bytes, from the first twelve bytes of the file. */
export function npyHeaderBytes(first: Uint8Array, path: string): number {
  if (!isNpy(first) || first.length < 12) throw badHeader("the file does not start like a NumPy array", path);
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  const version = view.getUint8(6);
  if (version < 1 || version > 3) throw badHeader(`the version of the array file must be 1 to 3, got ${version}`, path);
  const bytes = version === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (bytes > maxHeaderBytes) throw badHeader(`the header must be at most ${maxHeaderBytes} bytes, got ${bytes}`, path);
  return bytes;
}

/**
 * Parses a header.
 *
 * @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_TRUNCATED_FILE`, `VOXRX_UNSUPPORTED_DTYPE` for objects, records,
 * strings, times and complex numbers
 */
export function parseNpyHeader(bytes: Uint8Array, path: string): NpyHeader {
  const offset = npyHeaderBytes(bytes, path);
  if (bytes.length < offset) throw truncated(`the file ends after ${bytes.length} bytes, within its header`, path);
  const text = Buffer.from(bytes.subarray(bytes[6] === 1 ? 10 : 12, offset)).toString("latin1");
  const entries = entriesOf(text, path);
  const [descr = "", fortran = "", sizes = ""] = names.map((name) => entries.get(name));
  if (!/^(True|False)$/.test(fortran)) throw badHeader(`fortran_order must be True or False, got ${fortran}`, path);
  const shape = shapeOf(sizes, path);
  const [, order, kind = ""] = /^['"]([<>|=])([a-z]\d+)['"]$/.exec(descr) ?? [];
  const number = kinds.get(kind);
  if (number === undefined) throw unsupported(descr, path);
  return {
    number,
    bytes: Number(kind.slice(1)),
    littleEndian: order !== ">",
    fortranOrder: fortran === "True",
    shape,
    offset,
  };
}

/** The entries of the header's dictionary, which has the three of NumPy's format and no other. */
function entriesOf(text: string, path: string): ReadonlyMap<string, string> {
  const [, inside] = /^\s*\{(.*)\}\s*$/s.exec(text) ?? [];
  const entries = new Map<string, string>();
  let at = 0;
  while (inside !== undefined && inside.slice(at).trim() !== "") {
    entry.lastIndex = at;
    const [found = "", , name = "", value = ""] = entry.exec(inside) ?? [];
    if (found === "" || !names.includes(name) || entries.has(name)) break;
    entries.set(name, value);
    at += found.length;
  }
  if (inside !== undefined && inside.slice(at).trim() === "" && entries.size === names.length) return entries;
  const fault = `the header must be a dictionary of ${names.join(", ")}, got ${quoted(text.trim())}`;
  throw badHeader(fault, path, "Save the array again with numpy.save.");
}

// Python 2 writes long integers as 12L.
function shapeOf(text: string, path: string): number[] {
  const inside = text.startsWith("(") ? text.slice(1, -1).trim() : "?";
  const words = inside === "" ? [] : inside.replace(/,$/, "").split(",");
  const shape = words.map((word) => (/^\s*\d+L?\s*$/.test(word) ? Number.parseInt(word, 10) : Number.NaN));
  const isTuple = shape.length !== 1 || inside.endsWith(",");
  if (isTuple && shape.every(Number.isSafeInteger)) return shape;
  throw badHeader(`the shape ${quoted(text)} is not a tuple of sizes`, path, "Save the array again with numpy.save.");
}

function unsupported(descr: string, path: string): FormatError {
  const what = descr.startsWith("[") ? "records" : `type ${quoted(descr.replace(/^['"]|['"]$/g, ""))}`;
  return new FormatError("VOXRX_UNSUPPORTED_DTYPE", `arrays of ${what} are not supported`, {
    file: path,
    remedy: "Save the array as numbers: array.astype('float32').",
  });
}
