/** Parses and validates the header of a MetaImage (MetaIO's documentation, "MetaImage"). */
import { FormatError } from "../../errors.ts";
import type { Affine } from "../../volume/affine-matrix.ts";
import { badHeader } from "../format-faults.ts";
import { inMillimeters, lengthUnit } from "../length-units.ts";
import type { Datatype } from "../samples/datatypes.ts";
import type { SampleEncoding } from "../samples/packed-samples.ts";
import { affineFromLps, checkAxes, realDatatype, type StoredAxis } from "../samples/stored-image.ts";
import { quoted, TextFields } from "../text-fields.ts";

/** A parsed header. */
export interface MetaImageHeader {
  readonly datatype: Datatype;
  readonly littleEndian: boolean;
  readonly encoding: SampleEncoding;
  readonly axes: readonly StoredAxis[];
  readonly affine: Affine;
  /** Bytes to skip before the samples, from the start of their file; -1 if the samples are at the end of the file. */
  readonly skip: number;
  /** `LOCAL`, `LIST`, a file name or a pattern. */
  readonly dataFile: string;
  /** Lines after `ElementDataFile = LIST`. */
  readonly fileList: readonly string[];
  /** Fields as written. */
  readonly fields: Readonly<Record<string, string>>;
}

const types = new Map<string, Datatype["number"]>([
  ["MET_CHAR", "int8"],
  ["MET_UCHAR", "uint8"],
  ["MET_ASCII_CHAR", "uint8"],
  ["MET_SHORT", "int16"],
  ["MET_USHORT", "uint16"],
  ["MET_INT", "int32"],
  ["MET_UINT", "uint32"],
  // A long has 4 bytes in MetaIO, whatever the machine.
  ["MET_LONG", "int32"],
  ["MET_ULONG", "uint32"],
  ["MET_LONG_LONG", "int64"],
  ["MET_ULONG_LONG", "uint64"],
  ["MET_FLOAT", "float32"],
  ["MET_DOUBLE", "float64"],
]);

/** The fields that decide how samples are read, by their first name; the others mean the same. */
const names = {
  NDims: ["NDims"],
  DimSize: ["DimSize"],
  ElementType: ["ElementType"],
  ElementNumberOfChannels: ["ElementNumberOfChannels"],
  ElementSpacing: ["ElementSpacing"],
  // The size of a voxel, which can be less than its distance from the next.
  ElementSize: ["ElementSize"],
  TransformMatrix: ["TransformMatrix", "Rotation", "Orientation"],
  Offset: ["Offset", "Position", "Origin"],
  DistanceUnits: ["DistanceUnits"],
  BinaryData: ["BinaryData"],
  ByteOrder: ["BinaryDataByteOrderMSB", "ElementByteOrderMSB"],
  CompressedData: ["CompressedData"],
  HeaderSize: ["HeaderSize"],
  ElementDataFile: ["ElementDataFile"],
} as const;

const knownNames: readonly string[] = Object.values(names).flat();

/**
 * Name and value of a line; undefined without a separator. MetaIO separates them with a colon, too; names of metadata
 * can contain one.
 */
function separated(line: string): readonly [name: string, value: string] | undefined {
  const equals = line.indexOf("=");
  const at = equals >= 0 ? equals : line.indexOf(":");
  return at < 0 ? undefined : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

/** The name in a line such as "ElementSpacing 1 1 2", whose separator is lost. */
function unseparatedName(line: string): string | undefined {
  const [name = "", ...values] = line.trim().split(/\s+/);
  const areValues = values.every((value) => /^[-+.\de]+$/i.test(value));
  const isTruth = values.length === 1 && /^(true|false)$/i.test(values[0] ?? "");
  return /^\w+$/.test(name) && values.length > 0 && (areValues || isTruth) ? name : undefined;
}

/** The line that ends a header. */
const lastLine = /^[ \t]*ElementDataFile[ \t]*[=:]([^\r\n]*)\r?\n/im;

/** Length of the header, which ends with the field that names the samples; undefined if a list of files follows. */
export function endOfHeader(text: string): number | undefined {
  const last = lastLine.exec(text);
  if (!last || /^LIST\b/.test((last[1] ?? "").trim())) return undefined;
  return last.index + last[0].length;
}

/** Whether a text has the field that ends a header, perhaps without the end of its line. */
export function namesSamples(text: string): boolean {
  return /^[ \t]*ElementDataFile[ \t]*[=:]/im.test(text);
}

/** @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_UNSUPPORTED_DTYPE`, `VOXRX_BAD_AFFINE` */
export function parseHeader(text: string, path: string): MetaImageHeader {
  const { fields, written, fileList } = fieldsOf(text, path);
  const dataFile = fields.get("ElementDataFile");
  if (!dataFile) throw badHeader("the header has no ElementDataFile", path);
  const skip = fields.integer("HeaderSize", -1, 0);
  const isText = isTrue(fields, "BinaryData") === false;
  const encoding = isText ? "text" : isTrue(fields, "CompressedData") ? "zlib" : "raw";
  if (skip === -1 && encoding !== "raw") {
    throw fields.fault("HeaderSize", "only plain binary samples can be found from the end of their file, got -1");
  }
  const isBig = isTrue(fields, "ByteOrder") ?? false;
  const rank = fields.integer("NDims", 1, 0);
  if (!(rank >= 1 && rank <= 10)) throw fields.fault("NDims", `NDims must be 1 to 10, got ${fields.get("NDims")}`);
  return {
    datatype: datatypeOf(fields, path),
    littleEndian: isText || !isBig,
    encoding,
    axes: axesOf(fields, rank, path),
    affine: affineOf(fields, rank, path),
    skip,
    dataFile,
    fileList,
    fields: written,
  };
}

interface Lines {
  /** The known fields, by their first name. */
  readonly fields: TextFields;
  /** All fields, by the names in the file. */
  readonly written: Record<string, string>;
  readonly fileList: readonly string[];
}

/**
 * Reads the lines. Any others than the known ones are passed over, as MetaIO does: ITK adds one for each entry of an
 * image's metadata, such as "0008|0060 = CT", and the value of one can have several lines.
 */
function fieldsOf(text: string, path: string): Lines {
  const found: (readonly [name: string, value: string, line: string])[] = [];
  const fileList: string[] = [];
  let isOver = false;
  for (const each of text.split(/\r?\n/)) {
    if (each.trim() === "") continue;
    const [name, value = ""] = separated(each) ?? [];
    if (isOver) fileList.push(each.trim());
    else if (name) found.push([name, value, each]);
    else if (knownNames.includes(unseparatedName(each) ?? "")) {
      throw badHeader(`the header line ${quoted(each)} has no "="`, path);
    }
    isOver ||= name?.toLowerCase() === "elementdatafile";
  }
  const fields = new TextFields(path);
  for (const [first, synonyms] of Object.entries(names)) {
    const exact = found.filter(([name]) => synonyms.some((known) => known === name));
    // Names in another case are not fields to MetaIO: they count only where they can't be metadata of the same name.
    const meant = exact.length > 0 ? exact : found.filter(([name]) => synonyms.some((known) => isSame(known, name)));
    for (const [, value, each] of meant) fields.add(first, value, each);
  }
  return { fields, written: Object.fromEntries(found), fileList };
}

function isSame(known: string, name: string): boolean {
  return known.toLowerCase() === name.toLowerCase();
}

function datatypeOf(fields: TextFields, path: string): Datatype {
  const type = fields.get("ElementType");
  if (type === undefined) throw badHeader("the header has no ElementType", path);
  // MET_SHORT_ARRAY is an old notation for several channels.
  const number = types.get(type.toUpperCase().replace(/_ARRAY$/, ""));
  if (number) return realDatatype(number);
  throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `samples of ElementType ${quoted(type)} are not supported`, {
    file: path,
    remedy: "Convert the file to a type such as MET_SHORT or MET_FLOAT.",
  });
}

function isTrue(fields: TextFields, name: string): boolean | undefined {
  const value = fields.get(name);
  if (value === undefined) return undefined;
  if (/^(t|true|1|y|yes)$/i.test(value)) return true;
  if (/^(f|false|0|n|no)$/i.test(value)) return false;
  throw fields.fault(name, `expected True or False, got ${quoted(value)}`);
}

function axesOf(fields: TextFields, rank: number, path: string): StoredAxis[] {
  const sizes = fields.integers("DimSize") ?? [];
  if (sizes.length !== rank) throw fields.fault("DimSize", `DimSize must have ${rank} numbers, got ${sizes.length}`);
  const channels = fields.integer("ElementNumberOfChannels", 1, 1);
  const axes = sizes.map((size, axis) => ({ size, isSpatial: axis < 3 }));
  return checkAxes([{ size: channels, isSpatial: false }, ...axes], path);
}

// The matrix contains the direction of one axis after the other. Everything is in LPS, as ITK assumes.
function affineOf(fields: TextFields, rank: number, path: string): Affine {
  const matrix = numbersFor(fields, "TransformMatrix", rank * rank);
  const spacing = numbersFor(fields, "ElementSpacing", rank) ?? numbersFor(fields, "ElementSize", rank) ?? [];
  const origin = numbersFor(fields, "Offset", rank) ?? [];
  const unit = lengthUnit(fields.get("DistanceUnits") ?? "");
  if (!unit) throw fields.fault("DistanceUnits", "the unit is not a known length", "Write DistanceUnits = mm.");
  const inMm = (value: number) => inMillimeters(value, unit);
  const columns = Array.from({ length: Math.min(3, rank) }, (_, axis) =>
    [0, 1, 2].map((row) => {
      const direction = row < rank ? (matrix?.[axis * rank + row] ?? (row === axis ? 1 : 0)) : 0;
      return direction * inMm(spacing[axis] ?? 1);
    }),
  );
  return affineFromLps(rank === 1 ? [] : columns, origin.map(inMm), path);
}

function numbersFor(fields: TextFields, name: string, count: number): number[] | undefined {
  const values = fields.numbers(name);
  if (values && values.length !== count) {
    throw fields.fault(name, `${name} must have ${count} numbers, got ${values.length}`);
  }
  return values;
}
