/**
 * Parses and validates the header of an NRRD file (teem's "Definition of NRRD File Format", versions 1 to 5).
 */
import { FormatError } from "../../errors.ts";
import { badHeader, unsupportedEncoding } from "../format-faults.ts";
import type { Datatype } from "../samples/datatypes.ts";
import type { SampleEncoding } from "../samples/packed-samples.ts";
import { checkAxes, realDatatype, type StoredAxis } from "../samples/stored-image.ts";

/** A parsed header. */
export interface NrrdHeader {
  readonly version: string;
  readonly datatype: Datatype;
  readonly littleEndian: boolean;
  readonly encoding: SampleEncoding;
  /** The fastest axis first. */
  readonly axes: readonly StoredAxis[];
  /** Fields as written, by name in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  /** User-defined pairs (`key:=value`). */
  readonly pairs: Readonly<Record<string, string>>;
  /** Lines after `data file: LIST`. */
  readonly fileList: readonly string[];
}

const types: Readonly<Record<string, Datatype["number"]>> = {
  ...spelled("int8", "signed char", "int8", "int8_t"),
  ...spelled("uint8", "uchar", "unsigned char", "uint8", "uint8_t"),
  ...spelled("int16", "short", "short int", "signed short", "signed short int", "int16", "int16_t"),
  ...spelled("uint16", "ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
  ...spelled("int32", "int", "signed int", "int32", "int32_t"),
  ...spelled("uint32", "uint", "unsigned int", "uint32", "uint32_t"),
  ...spelled("int64", "longlong", "long long", "long long int", "signed long long", "signed long long int"),
  ...spelled("int64", "int64", "int64_t"),
  ...spelled("uint64", "ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
  ...spelled("float32", "float"),
  ...spelled("float64", "double"),
};

function spelled(number: Datatype["number"], ...names: string[]): Record<string, Datatype["number"]> {
  return Object.fromEntries(names.map((name) => [name, number]));
}

const encodings: Readonly<Record<string, SampleEncoding>> = {
  ...{ raw: "raw", gzip: "gzip", gz: "gzip", hex: "hex", txt: "text", text: "text", ascii: "text" },
};

/** Kinds of spatial axes; axes of any other kind are channels. */
const spatialKinds = ["domain", "space"];

/** Length of the header including the empty line after it; undefined if there is none. */
export function endOfHeader(text: string): number | undefined {
  const end = /\r?\n\r?\n/.exec(text);
  return end ? end.index + end[0].length : undefined;
}

/** @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_UNSUPPORTED_DTYPE`, `VOXRX_UNSUPPORTED_ENCODING` */
export function parseHeader(text: string, path: string): NrrdHeader {
  const [magic = "", ...lines] = text.split(/\r?\n/);
  const fields = new Map<string, string>();
  const pairs: [string, string][] = [];
  const fileList: string[] = [];
  for (const line of lines) {
    if (/^LIST\b/.test(fields.get("data file") ?? "")) {
      if (line.trim() !== "") fileList.push(line.trim());
      continue;
    }
    if (line.startsWith("#") || line.trim() === "") continue;
    const pair = /^(.+?):=(.*)$/.exec(line);
    const field = /^([^:]+): ?(.*)$/.exec(line);
    if (pair) pairs.push([pair[1] ?? "", pair[2] ?? ""]);
    else if (field) fields.set(nameOf(field[1] ?? ""), (field[2] ?? "").trim());
    else throw badHeader(`the header line ${JSON.stringify(line.slice(0, 80))} is neither a field nor a pair`, path);
  }
  const datatype = datatypeOf(fields, path);
  return {
    version: magic.slice(0, 8),
    datatype,
    encoding: encodingOf(fields, path),
    littleEndian: isLittleEndian(fields, datatype, path),
    axes: axesOf(fields, path),
    fields,
    pairs: Object.fromEntries(pairs),
    fileList,
  };
}

function nameOf(name: string): string {
  const lower = name.trim().toLowerCase();
  if (lower === "datafile") return "data file";
  if (lower === "byteskip" || lower === "lineskip") return lower.replace("skip", " skip");
  return lower;
}

function datatypeOf(fields: ReadonlyMap<string, string>, path: string): Datatype {
  const type = fields.get("type");
  if (type === undefined) throw badHeader("the header has no type", path);
  const number = types[type.toLowerCase()];
  if (number) return realDatatype(number);
  throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `samples of NRRD type ${JSON.stringify(type)} are not supported`, {
    file: path,
    remedy: "Convert the file to a type such as short or float.",
  });
}

function encodingOf(fields: ReadonlyMap<string, string>, path: string): SampleEncoding {
  const encoding = fields.get("encoding")?.toLowerCase() ?? "";
  const known = encodings[encoding];
  if (known) return known;
  if (encoding === "") throw badHeader("the header has no encoding", path);
  const remedy = "Write the file with encoding gzip or raw.";
  throw unsupportedEncoding(`the encoding ${JSON.stringify(encoding)} is not supported`, path, remedy);
}

function isLittleEndian(fields: ReadonlyMap<string, string>, { bytes }: Datatype, path: string): boolean {
  const endian = fields.get("endian")?.toLowerCase();
  if (endian === "little" || endian === "big") return endian === "little" || isText(fields);
  if (bytes === 1 || isText(fields)) return true;
  throw badHeader(
    `endian must be little or big, got ${endian === undefined ? "nothing" : JSON.stringify(endian)}`,
    path,
  );
}

function isText(fields: ReadonlyMap<string, string>): boolean {
  return encodings[fields.get("encoding")?.toLowerCase() ?? ""] === "text";
}

// An axis is spatial if it has a direction; without directions, if its kind is spatial or unknown. At most three are
// spatial.
function axesOf(fields: ReadonlyMap<string, string>, path: string): StoredAxis[] {
  const sizes = (fields.get("sizes") ?? "").split(/\s+/).filter(Boolean).map(Number);
  const dimension = Number(fields.get("dimension"));
  if (sizes.length !== dimension || dimension > 16) {
    throw badHeader(`sizes must have ${fields.get("dimension")} numbers, got ${sizes.length}`, path);
  }
  const kinds = fields.get("kinds")?.toLowerCase().split(/\s+/);
  const directions = vectorsOf(fields.get("space directions"));
  for (const [name, values] of Object.entries({ kinds, "space directions": directions })) {
    if (values && values.length !== dimension) {
      throw badHeader(`${name} must have ${dimension} values, got ${values.length}`, path);
    }
  }
  let spatial = 0;
  const axes = sizes.map((size, axis) => {
    const kind = kinds?.[axis];
    const bySpace = directions
      ? directions[axis] !== undefined
      : !kind || /^(\?+|none)$/.test(kind) || spatialKinds.includes(kind);
    const isSpatial = bySpace && spatial < 3;
    if (isSpatial) spatial++;
    return { size, isSpatial };
  });
  return checkAxes(axes, path);
}

/** The vectors of a field such as `(1,0,0) none (0,1,0)`; undefined for `none`. */
export function vectorsOf(text: string | undefined): (number[] | undefined)[] | undefined {
  const words = text?.match(/\([^)]*\)|[^\s()]+/g);
  return words?.map((word) => {
    if (!word.startsWith("(")) return undefined;
    return word
      .slice(1, -1)
      .split(",")
      .map((number) => (number.trim() === "" ? Number.NaN : Number(number)));
  });
}
