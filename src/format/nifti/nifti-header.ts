/** The header of a NIfTI-1, NIfTI-2 or ANALYZE 7.5 file: fields in one shape, checked before they are believed. */
import { NIFTI1, NIFTI2 } from "nifti-reader-js";
import { FormatError } from "../../errors.ts";
import { type Datatype, datatypes } from "../samples/datatypes.ts";

/** The three variants. */
export type Variant = "nifti1" | "nifti2" | "analyze";

/** What a header says, in numbers, as stored. */
export interface HeaderFields {
  readonly variant: Variant;
  readonly littleEndian: boolean;
  /** The magic's third character tells: samples follow in the same file (`+`), or lie in another (`i`). */
  readonly magic: string;
  readonly dim: readonly number[];
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
  /** ANALYZE only: SPM's origin, the other sources of scaling. */
  readonly analyze?: AnalyzeFields;
}

/** What ANALYZE headers hold besides. */
export interface AnalyzeFields {
  /** Voxel at the world's origin, counted from 1, as SPM writes it. */
  readonly origin: readonly number[];
  readonly calMax: number;
  readonly calMin: number;
  readonly glMax: number;
  readonly glMin: number;
}

/** Bytes of a header without extensions, its size word believed: 540 for NIfTI-2, else 348. */
export const headerBytes = { nifti1: 348, nifti2: 540, analyze: 348 } as const;

/**
 * Which variant the first bytes are: told by the size word in either byte order, and the magic (nifti1.h, nifti2.h). Without a
 * magic it may be ANALYZE, if the name says so too (`mayBeAnalyze`).
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

/** Reads the fields. `bytes` hold at least {@link headerBytes} of the variant. */
export function parseFields(bytes: Uint8Array, variant: Variant): HeaderFields {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = view.getInt32(0, true) === headerBytes[variant];
  if (variant === "analyze") return analyzeFields(bytes, view, littleEndian);
  // The parser takes an ArrayBuffer, and follows extensions (for ever, if one is forged) unless it gets the bare header.
  // Its own choice of the variant would take a NIfTI-2 header whose qform code spells a NIfTI-1 magic for NIfTI-1, so it is told.
  const header = variant === "nifti2" ? new NIFTI2() : new NIFTI1();
  header.readHeader(new Uint8Array(bytes.subarray(0, headerBytes[variant])).buffer);
  return {
    ...commonFields(header),
    variant,
    littleEndian,
    magic: header.magic,
    // The parser mixes up the halves of big-endian 64-bit integers.
    dim: variant === "nifti2" ? int64s(view, 16, 8, littleEndian) : header.dims,
    voxOffset: variant === "nifti2" ? Number(view.getBigInt64(168, littleEndian)) : header.vox_offset,
    // It also joins what garbage follows the text's end to the text.
    descrip: text(bytes, variant === "nifti2" ? 240 : 148),
    // Its affine is the qform's or the sform's by a rule of its own, so the rows are read here.
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

// The parser knows no ANALYZE. Offsets as in SPM's use of the format, which nibabel follows.
function analyzeFields(bytes: Uint8Array, view: DataView, littleEndian: boolean): HeaderFields {
  const short = (at: number) => view.getInt16(at, littleEndian);
  const float = (at: number) => view.getFloat32(at, littleEndian);
  return {
    variant: "analyze",
    littleEndian,
    magic: "",
    dim: Array.from({ length: 8 }, (_, n) => short(40 + 2 * n)),
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
      glMin: view.getInt32(144, littleEndian),
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

/** What the dimensions mean for a volume. */
export interface Extent {
  /** Spatial axes: 2 for a 1D or 2D file, else 3. */
  readonly spatial: readonly number[];
  /** Product of dimensions 4 to 7. */
  readonly frames: number;
  /** Voxels of one frame. */
  readonly voxels: number;
}

/** @throws FormatError `VOXRX_BAD_HEADER` for dimensions that are absent, zero, negative or too large to be counted */
export function extentOf({ dim }: HeaderFields, path: string): Extent {
  const rank = dim[0] ?? 0;
  if (!(rank >= 1 && rank <= 7)) throw badHeader(`the header announces ${rank} dimensions, not 1 to 7`, path);
  const sizes = dim.slice(1, rank + 1);
  const total = sizes.reduce((product, size) => product * size, 1);
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0) || !Number.isSafeInteger(total * 32)) {
    throw badHeader(`the dimensions ${sizes.join(" x ")} are of no image`, path);
  }
  const spatial = Array.from({ length: rank <= 2 ? 2 : 3 }, (_, axis) => sizes[axis] ?? 1);
  const voxels = spatial.reduce((product, size) => product * size, 1);
  return { spatial, voxels, frames: total / voxels };
}

/** @throws FormatError `VOXRX_UNSUPPORTED_DTYPE` */
export function datatypeOf({ datatype }: HeaderFields, path: string): Datatype {
  const known = datatypes.find(({ code }) => code === datatype);
  if (known) return known;
  throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `samples of NIfTI type ${datatype} cannot be read`, {
    file: path,
    remedy: "Convert the file to a type such as int16 or float32.",
  });
}

/** Where the samples begin. @throws FormatError `VOXRX_BAD_HEADER` */
export function sampleOffset({ voxOffset, variant }: HeaderFields, isPair: boolean, path: string): number {
  const least = isPair ? 0 : headerBytes[variant] + 4;
  if (Number.isSafeInteger(voxOffset) && voxOffset >= least) return voxOffset;
  throw badHeader(`samples are said to begin at byte ${voxOffset}, where only ${least} or later is possible`, path);
}

/** `stored * slope + inter`; undefined where nothing is to be done. */
export interface Scaling {
  readonly slope: number;
  readonly inter: number;
}

/**
 * The scaling as nibabel applies it: none for a slope of 0, NaN or infinity. ANALYZE as SPM2 does: without a slope, what maps the
 * range of stored values to the range of calibrated ones.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` for an intercept that is not finite beside a slope that is used
 */
export function scalingOf(fields: HeaderFields, path: string): Scaling | undefined {
  const { sclSlope: slope, sclInter: inter, analyze } = fields;
  const scaling = Number.isFinite(slope) && slope !== 0 ? { slope, inter } : analyze && calibration(analyze);
  if (!scaling) return undefined;
  if (!Number.isFinite(scaling.inter)) {
    if (!analyze) throw badHeader(`scl_slope is ${slope} but scl_inter is ${inter}`, path);
    return { slope: scaling.slope, inter: 0 };
  }
  return scaling.slope === 1 && scaling.inter === 0 ? undefined : scaling;
}

function calibration({ calMax, calMin, glMax, glMin }: AnalyzeFields): Scaling | undefined {
  if (calMax === calMin || glMax === glMin) return undefined;
  const slope = (calMax - calMin) / (glMax - glMin);
  return Number.isFinite(slope) ? { slope, inter: calMin - slope * glMin } : undefined;
}

/** The error for a header that contradicts itself or the standard. */
export function badHeader(fault: string, path: string): FormatError {
  return new FormatError("VOXRX_BAD_HEADER", fault, {
    file: path,
    remedy: "The header is damaged or was written wrongly: write the file anew.",
  });
}
