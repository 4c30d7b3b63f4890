/** Parses and validates the header of a NIfTI-1, NIfTI-2 or ANALYZE 7.5 file. */
import type { NIFTI1, NIFTI2 } from "nifti-reader-js";
import { FormatError } from "../../errors.ts";
import { loadedOnUse } from "../../files/load-module.ts";
import { badHeader } from "../format-faults.ts";
import { type LengthUnit, meter, micrometer, millimeter } from "../length-units.ts";
import { type Datatype, datatypes } from "../samples/datatypes.ts";
import type { Scaling } from "../samples/sample-decoder.ts";

const niftiReader = loadedOnUse(() => import("nifti-reader-js"));

/** The three variants. */
export type Variant = "nifti1" | "nifti2" | "analyze";

/** Header fields as stored. */
export interface HeaderFields {
  readonly variant: Variant;
  readonly littleEndian: boolean;
  /** Its second character tells whether the samples follow in the same file (`+`) or are in another file (`i`). */
  readonly magic: string;
  readonly dim: readonly number[];
  /** NIfTI-1 and ANALYZE: a field without a use, in which FreeSurfer writes a long first dimension. */
  readonly glMin: number;
  readonly pixdim: readonly number[];
  readonly datatype: number;
  readonly voxOffset: number;
  readonly sclSlope: number;
  readonly sclInter: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quaternion: readonly [b: number, c: number, d: number];
  readonly qoffset: readonly [x: number, y: number, z: number];
  /** 12 numbers, row-major. */
  readonly srow: readonly number[];
  readonly intentCode: number;
  readonly xyztUnits: number;
  readonly descrip: string;
  /** ANALYZE only: SPM's origin and the alternative sources of scaling. */
  readonly analyze?: AnalyzeFields;
}

/** Additional fields of ANALYZE headers. */
interface AnalyzeFields {
  /** Voxel at the world origin, counted from 1, as SPM writes it. */
  readonly origin: readonly number[];
  readonly calMax: number;
  readonly calMin: number;
  readonly glMax: number;
}

/** Size of a header without extensions, in bytes: 540 for NIfTI-2, else 348. */
export const headerBytes = { nifti1: 348, nifti2: 540, analyze: 348 } as const;

/**
 * Detects the variant from the size field, in either byte order, and the magic (nifti1.h, nifti2.h). Without a magic it
 * is ANALYZE, but only if the file name allows it (`mayBeAnalyze`).
 */
export function variantOf(bytes: Uint8Array, mayBeAnalyze: boolean): Variant | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizes = [view.getInt32(0, true), view.getInt32(0, false)];
  const text = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (sizes.includes(540) && ["n+2\0", "ni2\0"].includes(text(4))) return "nifti2";
  if (!sizes.includes(348)) return undefined;
  if (["n+1\0", "ni1\0"].includes(text(344))) return "nifti1";
  return mayBeAnalyze ? "analyze" : undefined;
}

/** Reads the fields. `bytes` must contain at least {@link headerBytes} of the variant. */
export async function parseFields(bytes: Uint8Array, variant: Variant): Promise<HeaderFields> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = view.getInt32(0, true) === headerBytes[variant];
  if (variant === "analyze") return analyzeFields(bytes, view, littleEndian);
  // The parser takes an ArrayBuffer, and follows extensions (forever, if one is malicious) unless it gets only the
  // header. The variant is chosen here, because the parser would take a NIfTI-2 header whose qform code looks like a
  // NIfTI-1 magic for NIfTI-1.
  const parser = await niftiReader();
  const header = variant === "nifti2" ? new parser.NIFTI2() : new parser.NIFTI1();
  header.readHeader(new Uint8Array(bytes.subarray(0, headerBytes[variant])).buffer);
  return {
    ...commonFields(header),
    variant,
    littleEndian,
    magic: header.magic,
    glMin: variant === "nifti1" ? view.getInt32(144, littleEndian) : 0,
    // The parser swaps the halves of big-endian 64-bit integers.
    dim: variant === "nifti2" ? int64s(view, 16, 8, littleEndian) : header.dims,
    voxOffset: variant === "nifti2" ? Number(view.getBigInt64(168, littleEndian)) : header.vox_offset,
    // It also appends the garbage after the end of the string to it.
    descrip: text(bytes, variant === "nifti2" ? 240 : 148),
    // Its affine is the qform or sform by its own rule, so the rows are read here.
    srow: variant === "nifti2" ? floats(view, 400, 12, 8, littleEndian) : floats(view, 280, 12, 4, littleEndian),
  };
}

function commonFields(header: NIFTI1 | NIFTI2) {
  return {
    pixdim: header.pixDims,
    datatype: header.datatypeCode,
    sclSlope: header.scl_slope,
    sclInter: header.scl_inter,
    qformCode: header.qform_code,
    sformCode: header.sform_code,
    quaternion: [header.quatern_b, header.quatern_c, header.quatern_d] as const,
    qoffset: [header.qoffset_x, header.qoffset_y, header.qoffset_z] as const,
    intentCode: header.intent_code,
    xyztUnits: header.xyzt_units,
  };
}

// The parser doesn't support ANALYZE. Offsets as in SPM's use of the format, which nibabel follows.
function analyzeFields(bytes: Uint8Array, view: DataView, littleEndian: boolean): HeaderFields {
  const short = (at: number) => view.getInt16(at, littleEndian);
  const float = (at: number) => view.getFloat32(at, littleEndian);
  return {
    variant: "analyze",
    littleEndian,
    magic: "",
    dim: Array.from({ length: 8 }, (_, n) => short(40 + 2 * n)),
    glMin: view.getInt32(144, littleEndian),
    pixdim: floats(view, 76, 8, 4, littleEndian),
    datatype: short(70),
    voxOffset: float(108),
    sclSlope: float(112),
    sclInter: float(116),
    qformCode: 0,
    sformCode: 0,
    quaternion: [0, 0, 0],
    qoffset: [0, 0, 0],
    srow: new Array<number>(12).fill(0),
    intentCode: 0,
    xyztUnits: 0,
    descrip: text(bytes, 148),
    analyze: {
      origin: [short(253), short(255), short(257)],
      calMax: float(124),
      calMin: float(128),
      glMax: view.getInt32(140, littleEndian),
    },
  };
}

function text(bytes: Uint8Array, at: number): string {
  const field = bytes.subarray(at, at + 80);
  const end = field.indexOf(0);
  return String.fromCharCode(...(end < 0 ? field : field.subarray(0, end)));
}

function int64s(view: DataView, at: number, count: number, littleEndian: boolean): number[] {
  return Array.from({ length: count }, (_, n) => Number(view.getBigInt64(at + 8 * n, littleEndian)));
}

function floats(view: DataView, at: number, count: number, size: 4 | 8, littleEndian: boolean): number[] {
  return Array.from({ length: count }, (_, n) =>
    size === 8 ? view.getFloat64(at + 8 * n, littleEndian) : view.getFloat32(at + 4 * n, littleEndian),
  );
}

/** The dimensions of a volume. */
export interface Extent {
  /** Sizes of the spatial axes: 2 for a 1D or 2D file, else 3. */
  readonly spatial: readonly number[];
  /** Product of dimensions 4 to 7. */
  readonly frames: number;
}

/** @throws FormatError `VOXRX_BAD_HEADER` for dimensions that are missing, zero, negative or too large */
export function extentOf(fields: HeaderFields, path: string): Extent {
  const rank = fields.dim[0] ?? 0;
  if (!(rank >= 1 && rank <= 7)) throw badHeader(`dim[0] must be 1 to 7, got ${rank}`, path);
  const sizes = sizesOf(fields, rank);
  const total = sizes.reduce((product, size) => product * size, 1);
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0) || !Number.isSafeInteger(total * 32)) {
    throw badHeader(`the dimensions ${sizes.join(" x ")} are invalid`, path);
  }
  const spatial = Array.from({ length: rank <= 2 ? 2 : 3 }, (_, axis) => sizes[axis] ?? 1);
  const voxels = spatial.reduce((product, size) => product * size, 1);
  return { spatial, frames: total / voxels };
}

/** Size with which FreeSurfer writes the 163842 vertices of its finest sphere as NIfTI-1. */
export const sphereShape: readonly number[] = [27307, 1, 6];
const sphereVertices = 163842;

// FreeSurfer's first dimension can be longer than the 32767 that NIfTI-1 has room for: exactly nibabel's conditions
// (`nibabel.nifti1`, `get_data_shape`).
function sizesOf({ variant, dim, glMin }: HeaderFields, rank: number): number[] {
  const sizes = dim.slice(1, rank + 1);
  if (variant !== "nifti1" || rank < 3) return sizes;
  const startsWith = (wanted: readonly number[]) => wanted.every((size, axis) => sizes[axis] === size);
  if (startsWith([-1, 1, 1]) && glMin !== 0) return [glMin, ...sizes.slice(1)];
  return startsWith(sphereShape) ? [sphereVertices, 1, 1, ...sizes.slice(3)] : sizes;
}

/**
 * The unit of space in a header, in mm. A header without one, or with a code that nifti1.h doesn't define, is in mm.
 */
export function unitOf({ xyztUnits }: HeaderFields): LengthUnit {
  const code = xyztUnits & 7;
  if (code === 1) return meter;
  return code === 3 ? micrometer : millimeter;
}

/** @throws FormatError `VOXRX_UNSUPPORTED_DTYPE` */
export function datatypeOf({ datatype }: HeaderFields, path: string): Datatype {
  const known = datatypes.find(({ code }) => code === datatype);
  if (known) return known;
  throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `samples of NIfTI type ${datatype} are not supported`, {
    file: path,
    remedy: "Convert the file to a type such as int16 or float32.",
  });
}

/** Byte at which the samples start. @throws FormatError `VOXRX_BAD_HEADER` */
export function sampleOffset({ voxOffset, variant }: HeaderFields, isPair: boolean, path: string): number {
  const least = isPair ? 0 : headerBytes[variant] + 4;
  if (Number.isSafeInteger(voxOffset) && voxOffset >= least) return voxOffset;
  throw badHeader(`vox_offset must be an integer of at least ${least}, got ${voxOffset}`, path);
}

/**
 * The scaling as in nibabel: none (undefined) for a slope of 0, NaN or infinity, or if it changes nothing. For ANALYZE
 * as in SPM2: without a slope, the scaling that maps the range of stored values to the range of calibrated ones.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` if the slope is used and the intercept is not finite
 */
export function scalingOf(fields: HeaderFields, path: string): Scaling | undefined {
  const { sclSlope: slope, sclInter: inter, analyze } = fields;
  const scaling =
    Number.isFinite(slope) && slope !== 0 ? { slope, inter } : analyze && calibration(analyze, fields.glMin);
  if (!scaling) return undefined;
  if (!Number.isFinite(scaling.inter)) {
    if (!analyze) throw badHeader(`scl_slope is ${slope} but scl_inter is ${inter}`, path);
    return { slope: scaling.slope, inter: 0 };
  }
  return scaling.slope === 1 && scaling.inter === 0 ? undefined : scaling;
}

function calibration({ calMax, calMin, glMax }: AnalyzeFields, glMin: number): Scaling | undefined {
  if (calMax === calMin || glMax === glMin) return undefined;
  const slope = (calMax - calMin) / (glMax - glMin);
  return Number.isFinite(slope) ? { slope, inter: calMin - slope * glMin } : undefined;
}
