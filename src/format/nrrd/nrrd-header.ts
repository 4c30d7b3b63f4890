/**
 * Parses and validates the header of an NRRD file (teem's "Definition of NRRD File Format", versions 1 to 5).
 */
import { FormatError } from "../../errors.ts";
import { badHeader, unsupportedEncoding } from "../format-faults.ts";
import type { Datatype } from "../samples/datatypes.ts";
import type { SampleEncoding } from "../samples/packed-samples.ts";
import { checkAxes, realDatatype, type StoredAxis } from "../samples/stored-image.ts";
import { decimalOf, quoted, TextFields } from "../text-fields.ts";

/** A parsed header. */
export interface NrrdHeader {
  readonly version: string;
  readonly datatype: Datatype;
  readonly littleEndian: boolean;
  readonly encoding: SampleEncoding;
  /** The fastest axis first. */
  readonly axes: readonly StoredAxis[];
  /** Fields as written, by name in lower case. */
  readonly fields: TextFields;
  /** User-defined pairs (`key:=value`). */
  readonly pairs: Readonly<Record<string, string>>;
  /** Lines after `data file: LIST`. */
  readonly fileList: readonly string[];
}

const types = new Map<string, Datatype["number"]>([
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
]);

function spelled(number: Datatype["number"], ...names: string[]): [string, Datatype["number"]][] {
  return names.map((name) => [name, number]);
}

const encodings = new Map<string, SampleEncoding>([
  ["raw", "raw"],
  ["gzip", "gzip"],
  ["gz", "gzip"],
  ["hex", "hex"],
  ["txt", "text"],
  ["text", "text"],
  ["ascii", "text"],
]);

/** Kinds of spatial axes; axes of any other kind are channels. */
const spatialKinds = ["domain", "space"];

/** The other kinds of the definition, in lower case. */
const otherKinds = [
  ...["time", "list", "point", "vector", "covariant-vector", "normal", "stub", "scalar", "complex", "2-vector"],
  ...["3-color", "rgb-color", "hsv-color", "xyz-color", "4-color", "rgba-color", "3-vector", "3-gradient", "3-normal"],
  ...["4-vector", "quaternion", "2d-symmetric-matrix", "2d-masked-symmetric-matrix", "2d-matrix", "2d-masked-matrix"],
  ...["3d-symmetric-matrix", "3d-masked-symmetric-matrix", "3d-matrix", "3d-masked-matrix"],
];

/** Length of the header including the empty line after it; undefined if there is none. */
export function endOfHeader(text: string): number | undefined {
  const end = /\r?\n\r?\n/.exec(text);
  return end ? end.index + end[0].length : undefined;
}

/** @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_UNSUPPORTED_DTYPE`, `VOXRX_UNSUPPORTED_ENCODING` */
export function parseHeader(text: string, path: string): NrrdHeader {
  const [magic = "", ...lines] = text.split(/\r?\n/);
  const fields = new TextFields(path);
  const pairs: [string, string][] = [];
  const fileList: string[] = [];
  for (const line of lines) {
    if (/^LIST\b/.test(fields.get("data file") ?? "")) {
      if (line.trim() !== "") fileList.push(line.trim());
      continue;
    }
    if (line.startsWith("#") || line.trim() === "") continue;
    const pair = pairOf(line);
    const field = /^([^:]+):(.*)$/.exec(line);
    if (pair) pairs.push(pair);
    else if (field) fields.add(nameOf(field[1] ?? ""), (field[2] ?? "").trim(), line);
    else throw badHeader(`the header line ${quoted(line)} is neither a field nor a pair`, path);
  }
  const datatype = datatypeOf(fields, path);
  return {
    version: magic.slice(0, 8),
    datatype,
    encoding: encodingOf(fields, path),
    littleEndian: isLittleEndian(fields, datatype),
    axes: axesOf(fields, path),
    fields,
    pairs: Object.fromEntries(pairs),
    fileList,
  };
}

/** Key and value of a line such as `key:=value`; undefined for a field, which has ": " first. */
function pairOf(line: string): [key: string, value: string] | undefined {
  const [pair, field] = [line.indexOf(":="), line.indexOf(": ")];
  return pair > 0 && (field < 0 || pair < field) ? [line.slice(0, pair), line.slice(pair + 2)] : undefined;
}

/** Names that are written without their space, too. */
const joined = new Map([
  ["datafile", "data file"],
  ["byteskip", "byte skip"],
  ["lineskip", "line skip"],
  ["axismins", "axis mins"],
]);

function nameOf(name: string): string {
  const lower = name.trim().toLowerCase();
  return joined.get(lower) ?? lower;
}

function datatypeOf(fields: TextFields, path: string): Datatype {
  const type = fields.get("type");
  if (type === undefined) throw badHeader("the header has no type", path);
  const number = types.get(type.toLowerCase());
  if (number) return realDatatype(number);
  throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `samples of NRRD type ${quoted(type)} are not supported`, {
    file: path,
    remedy: "Convert the file to a type such as short or float.",
  });
}

function encodingOf(fields: TextFields, path: string): SampleEncoding {
  const encoding = fields.get("encoding") ?? "";
  const known = encodings.get(encoding.toLowerCase());
  if (known) return known;
  if (encoding === "") throw badHeader("the header has no encoding", path);
  const remedy = "Write the file with encoding gzip or raw.";
  throw unsupportedEncoding(`the encoding ${quoted(encoding)} is not supported`, path, remedy);
}

function isLittleEndian(fields: TextFields, { bytes }: Datatype): boolean {
  const endian = fields.get("endian")?.toLowerCase();
  if (endian === "little" || endian === "big") return endian === "little" || isText(fields);
  if (bytes === 1 || isText(fields)) return true;
  throw fields.fault(
    "endian",
    `endian must be little or big, got ${endian === undefined ? "nothing" : quoted(endian)}`,
  );
}

function isText(fields: TextFields): boolean {
  return encodings.get(fields.get("encoding")?.toLowerCase() ?? "") === "text";
}

// An axis is spatial if it has a direction; without directions, if its kind is spatial or unknown. At most three are
// spatial.
function axesOf(fields: TextFields, path: string): StoredAxis[] {
  const sizes = fields.integers("sizes") ?? [];
  const dimension = fields.integer("dimension", 1, 0);
  if (sizes.length !== dimension || dimension > 16) {
    throw fields.fault("sizes", `sizes must have ${dimension} numbers (dimension), got ${sizes.length}`);
  }
  const kinds = fields.words("kinds")?.map((kind) => kind.toLowerCase());
  const directions = directionsOf(fields);
  for (const [name, values] of [
    ["kinds", kinds],
    ["space directions", vectorsOf(fields, "space directions")],
    ["spacings", fields.words("spacings")],
    ["axis mins", fields.words("axis mins")],
  ] as const) {
    if (values && values.length !== dimension) {
      throw fields.fault(name, `${name} must have ${dimension} values (dimension), got ${values.length}`);
    }
  }
  let spatial = 0;
  const axes = sizes.map((size, axis) => {
    const bySpace = directions ? isDirection(directions[axis]) : isSpatialKind(fields, kinds?.[axis]);
    const isSpatial = bySpace && spatial < 3;
    if (isSpatial) spatial++;
    return { size, isSpatial };
  });
  return checkAxes(axes, path);
}

/** The directions of axes; undefined if no axis has one. */
export function directionsOf(fields: TextFields): (readonly number[] | undefined)[] | undefined {
  const directions = vectorsOf(fields, "space directions");
  const lengths = new Set(directions?.flatMap((vector) => (vector ? [vector.length] : [])));
  if (lengths.size > 1) throw fields.fault("space directions", "the vectors do not have equally many numbers");
  return lengths.size > 0 ? directions : undefined;
}

// The direction of a time axis, in a space with time, is a step in time only.
function isDirection(vector: readonly number[] | undefined): boolean {
  return vector !== undefined && (vector.length < 4 || vector.slice(0, 3).some((value) => value !== 0));
}

function isSpatialKind(fields: TextFields, kind: string | undefined): boolean {
  if (!kind || /^(\?+|none)$/.test(kind) || spatialKinds.includes(kind)) return true;
  if (otherKinds.includes(kind)) return false;
  throw fields.fault("kinds", `the kind ${quoted(kind)} is not one of the NRRD definition`, "Write domain or list.");
}

/**
 * The vectors of a field such as `(1,0,0) none (0,1,0)`; undefined for `none`, which can also be a vector of `nan`.
 *
 * @throws FormatError `VOXRX_BAD_HEADER`, naming the line
 */
export function vectorsOf(fields: TextFields, name: string): (number[] | undefined)[] | undefined {
  // An open parenthesis without a close one is a word, which is refused below.
  const words = fields.get(name)?.match(/\([^()]*\)|[^\s()]+|[()]/g);
  return words?.map((word) => {
    if (/^(none|\?+)$/i.test(word)) return undefined;
    if (/^\(\s*nan\s*(,\s*nan\s*)*\)$/i.test(word)) return undefined;
    const numbers = word.startsWith("(") ? word.slice(1, -1).split(",") : [];
    const values = numbers.map((number) => decimalOf(number.trim()));
    const known = values.filter((value) => value !== undefined);
    if (known.length > 0 && known.length === values.length) return known;
    throw fields.fault(name, `${quoted(word)} is not a vector such as (1,0,0)`);
  });
}
