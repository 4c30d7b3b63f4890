/** Parses and validates the header of a MetaImage (MetaIO's documentation, "MetaImage"). */
import { FormatError } from "../../errors.ts";
import type { Affine } from "../../volume/affine-matrix.ts";
import { badHeader } from "../format-faults.ts";
import type { Datatype } from "../samples/datatypes.ts";
import type { SampleEncoding } from "../samples/packed-samples.ts";
import { affineFromLps, checkAxes, realDatatype, type StoredAxis } from "../samples/stored-image.ts";

/** A parsed header. */
export interface MetaImageHeader {
  readonly datatype: Datatype;
  readonly littleEndian: boolean;
  readonly encoding: SampleEncoding;
  readonly axes: readonly StoredAxis[];
  readonly affine: Affine;
  /** Bytes to skip before the samples in a separate file; -1 if the samples are at the end of the file. */
  readonly skip: number;
  /** `LOCAL`, `LIST`, a file name or a pattern. */
  readonly dataFile: string;
  /** Lines after `ElementDataFile = LIST`. */
  readonly fileList: readonly string[];
  /** Fields as written. */
  readonly fields: Readonly<Record<string, string>>;
}

const types: Readonly<Record<string, Datatype["number"]>> = {
  ...{ MET_CHAR: "int8", MET_UCHAR: "uint8", MET_ASCII_CHAR: "uint8", MET_SHORT: "int16", MET_USHORT: "uint16" },
  // A long has 4 bytes in MetaIO, whatever the machine.
  ...{ MET_INT: "int32", MET_UINT: "uint32", MET_LONG: "int32", MET_ULONG: "uint32" },
  ...{ MET_LONG_LONG: "int64", MET_ULONG_LONG: "uint64", MET_FLOAT: "float32", MET_DOUBLE: "float64" },
};

/** Length of the header, which ends with the field that names the samples; undefined if a list of files follows. */
export function endOfHeader(text: string): number | undefined {
  const last = /^[ \t]*ElementDataFile[ \t]*=[ \t]*(.*?)[ \t]*\r?\n/m.exec(text);
  if (!last || /^LIST\b/.test(last[1] ?? "")) return undefined;
  return last.index + last[0].length;
}

/** @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_UNSUPPORTED_DTYPE`, `VOXRX_BAD_AFFINE` */
export function parseHeader(text: string, path: string): MetaImageHeader {
  const found = new Map<string, string>();
  const fileList: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    const field = /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
    if (found.has("ElementDataFile")) fileList.push(line.trim());
    else if (field) found.set(field[1] ?? "", field[2] ?? "");
    else throw badHeader(`the header line ${JSON.stringify(line.slice(0, 80))} is not a field`, path);
  }
  const dataFile = found.get("ElementDataFile");
  if (!dataFile) throw badHeader("the header has no ElementDataFile", path);
  const datatype = datatypeOf(found, path);
  const skip = Number(found.get("HeaderSize") ?? 0);
  if (!Number.isSafeInteger(skip) || skip < -1)
    throw badHeader(`HeaderSize must be an integer of at least -1, got ${found.get("HeaderSize")}`, path);
  const isText = isTrue(found, "BinaryData") === false;
  const encoding = isText ? "text" : isTrue(found, "CompressedData") ? "zlib" : "raw";
  const isBig = isTrue(found, "BinaryDataByteOrderMSB") ?? isTrue(found, "ElementByteOrderMSB") ?? false;
  const rank = rankOf(found, path);
  return {
    datatype,
    littleEndian: isText || !isBig,
    encoding,
    axes: axesOf(found, rank, path),
    affine: affineOf(found, rank, path),
    skip,
    dataFile,
    fileList,
    fields: Object.fromEntries(found),
  };
}

type Fields = ReadonlyMap<string, string>;

function datatypeOf(fields: Fields, path: string): Datatype {
  const type = fields.get("ElementType");
  if (type === undefined) throw badHeader("the header has no ElementType", path);
  // MET_SHORT_ARRAY is an old notation for several channels.
  const number = types[type.toUpperCase().replace(/_ARRAY$/, "")];
  if (number) return realDatatype(number);
  throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `samples of type ${JSON.stringify(type)} are not supported`, {
    file: path,
    remedy: "Convert the file to a type such as MET_SHORT or MET_FLOAT.",
  });
}

function isTrue(fields: Fields, name: string): boolean | undefined {
  const value = fields.get(name)?.toLowerCase();
  return value === undefined ? undefined : /^(t|true|1|y|yes)$/.test(value);
}

function rankOf(fields: Fields, path: string): number {
  const rank = Number(fields.get("NDims"));
  if (Number.isInteger(rank) && rank >= 1 && rank <= 10) return rank;
  throw badHeader(`NDims must be 1 to 10, got ${fields.get("NDims")}`, path);
}

function axesOf(fields: Fields, rank: number, path: string): StoredAxis[] {
  const sizes = numbers(fields, "DimSize") ?? [];
  if (sizes.length !== rank) throw badHeader(`DimSize must have ${rank} numbers, got ${sizes.length}`, path);
  const channels = Number(fields.get("ElementNumberOfChannels") ?? 1);
  const axes = sizes.map((size, axis) => ({ size, isSpatial: axis < 3 }));
  return checkAxes([{ size: channels, isSpatial: false }, ...axes], path);
}

// The matrix contains the direction of one axis after the other. Everything is in LPS, as ITK assumes.
function affineOf(fields: Fields, rank: number, path: string): Affine {
  const matrix = numbers(fields, "TransformMatrix", "Rotation", "Orientation");
  const spacing = numbers(fields, "ElementSpacing", "ElementSize") ?? [];
  const origin = numbers(fields, "Offset", "Position", "Origin") ?? [];
  if (matrix && matrix.length !== rank * rank) {
    throw badHeader(`the matrix must have ${rank * rank} numbers, got ${matrix.length}`, path);
  }
  const columns = Array.from({ length: Math.min(3, rank) }, (_, axis) =>
    [0, 1, 2].map((row) => {
      const direction = row < rank ? (matrix?.[axis * rank + row] ?? (row === axis ? 1 : 0)) : 0;
      return direction * (spacing[axis] ?? 1);
    }),
  );
  return affineFromLps(rank === 1 ? [] : columns, origin, path);
}

function numbers(fields: Fields, ...names: string[]): number[] | undefined {
  const text = names.map((name) => fields.get(name)).find((value) => value !== undefined);
  return text?.split(/\s+/).filter(Boolean).map(Number);
}
