/** The image of a DICOM file: how its pixels are stored, and the position of each frame in the patient. */
import { FormatError } from "../../errors.ts";
import { badHeader } from "../format-faults.ts";
import type { Datatype } from "../samples/datatypes.ts";
import type { Scaling } from "../samples/sample-decoder.ts";
import { realDatatype } from "../samples/stored-image.ts";
import type { DicomFile } from "./dicom-file.ts";
import { type Mosaic, mosaicOf } from "./mosaic.ts";
import type { DicomDataset } from "./element-values.ts";

/** Three numbers in LPS: a point in mm, or a direction. */
export type Vector = readonly [x: number, y: number, z: number];

/** Position of one frame. Undefined fields are not in the file. */
export interface FramePlace {
  /** Center of the first pixel. */
  readonly position: Vector | undefined;
  /** Directions of increasing column and row index. */
  readonly orientation: readonly [x: Vector, y: Vector] | undefined;
  /** Distance between neighbors along x (columns) and y (rows). */
  readonly spacing: readonly [x: number, y: number] | undefined;
  /** Distance to the next frame, as announced. */
  readonly between: number | undefined;
  readonly scaling: Scaling | undefined;
}

/** A file that contains an image. */
export interface DicomImage {
  readonly file: DicomFile;
  /** Columns of one frame of the volume; for a mosaic, of a tile. */
  readonly columns: number;
  readonly rows: number;
  readonly samples: number;
  readonly datatype: Datatype;
  readonly bits: { readonly allocated: number; readonly stored: number; readonly high: number };
  readonly isSigned: boolean;
  /** Whether the color samples are stored as separate planes. */
  readonly isPlanar: boolean;
  readonly photometric: string;
  /** Frames as stored: a mosaic is one. */
  readonly storedFrames: number;
  readonly mosaic: Mosaic | undefined;
  /** One for each frame, or tile. */
  readonly places: readonly FramePlace[];
}

const maxFrames = 1e6;

/** @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_UNSUPPORTED_DTYPE` */
export function imageOf(file: DicomFile): DicomImage {
  const { dataset, path, pixels } = file;
  const columns = dataset.short("Columns") ?? 0;
  const rows = dataset.short("Rows") ?? 0;
  if (!pixels || columns === 0 || rows === 0) {
    throw badHeader(
      "the file contains no image: rows, columns or pixel data are missing",
      path,
      "Give a file with an image.",
    );
  }
  const storedFrames = Math.trunc(dataset.decimal("NumberOfFrames") ?? 1);
  if (!(storedFrames >= 1 && storedFrames <= maxFrames))
    throw badHeader(`the file announces ${storedFrames} frames`, path);
  const samples = dataset.short("SamplesPerPixel") ?? 1;
  if (samples < 1 || samples > 4) throw badHeader(`SamplesPerPixel must be 1 to 4, got ${samples}`, path);
  const allocated = dataset.short("BitsAllocated") ?? 16;
  const stored = dataset.short("BitsStored") ?? allocated;
  const high = dataset.short("HighBit") ?? stored - 1;
  if (stored < 1 || high >= allocated || stored > high + 1) {
    throw badHeader(
      `the bit depths contradict each other: BitsStored ${stored}, HighBit ${high}, BitsAllocated ${allocated}`,
      path,
    );
  }
  const isSigned = dataset.short("PixelRepresentation") === 1;
  const mosaic = storedFrames === 1 ? mosaicOf(dataset, columns, rows, path) : undefined;
  return {
    file,
    columns: mosaic ? columns / mosaic.across : columns,
    rows: mosaic ? rows / mosaic.across : rows,
    samples,
    datatype: datatypeOf(pixels.tag, allocated, isSigned, path),
    bits: { allocated, stored, high },
    isSigned,
    isPlanar: samples > 1 && dataset.short("PlanarConfiguration") === 1,
    photometric: dataset.text("PhotometricInterpretation") ?? "",
    storedFrames,
    mosaic,
    places: mosaic ? mosaicPlaces(dataset, mosaic, columns, rows) : placesOf(dataset, storedFrames),
  };
}

function datatypeOf(pixelTag: number, allocated: number, isSigned: boolean, path: string): Datatype {
  if (pixelTag === 0x7fe00008 && allocated === 32) return realDatatype("float32");
  if (pixelTag === 0x7fe00009 && allocated === 64) return realDatatype("float64");
  if (allocated === 1 || allocated === 8) return realDatatype(isSigned && allocated === 8 ? "int8" : "uint8");
  if (allocated === 16) return realDatatype(isSigned ? "int16" : "uint16");
  if (allocated === 32) return realDatatype(isSigned ? "int32" : "uint32");
  throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `pixels of ${allocated} bits are not supported`, {
    file: path,
    remedy: "Convert the file to pixels of 8, 16 or 32 bits.",
  });
}

function placesOf(dataset: DicomDataset, frames: number): FramePlace[] {
  const [shared] = dataset.items("SharedFunctionalGroupsSequence");
  const each = dataset.items("PerFrameFunctionalGroupsSequence");
  const offsets = dataset.decimals("GridFrameOffsetVector", frames);
  const common = placeOf([shared, dataset]);
  return Array.from({ length: frames }, (_, frame) => {
    const own = each[frame];
    if (own) return placeOf([own, shared, dataset]);
    const { position, orientation } = common;
    const offset = offsets?.[frame];
    if (offset === undefined || !position || !orientation) return common;
    // The frames of a dose are at offsets along the normal. The first offset may not be 0 (PS3.3, C.8.8.3.2).
    const from = offsets?.[0] ?? 0;
    return { ...common, position: along(position, cross(...orientation), offset - from) };
  });
}

/** The position of a frame, each element from the first group that contains it. */
function placeOf(groups: readonly (DicomDataset | undefined)[]): FramePlace {
  const holders = groups.flatMap((group) => {
    if (!group) return [];
    const inner = (["PixelMeasuresSequence", "PlanePositionSequence", "PlaneOrientationSequence"] as const).flatMap(
      (name) => group.items(name).slice(0, 1),
    );
    return [...inner, ...group.items("PixelValueTransformationSequence").slice(0, 1), group];
  });
  const first = <T>(read: (holder: DicomDataset) => T | undefined): T | undefined => {
    for (const holder of holders) {
      const found = read(holder);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const position = first((holder) => holder.decimals("ImagePositionPatient", 3));
  const orientation = first((holder) => holder.decimals("ImageOrientationPatient", 6));
  const pixels =
    first((holder) => holder.decimals("PixelSpacing", 2)) ??
    first((holder) => holder.decimals("ImagerPixelSpacing", 2)) ??
    first((holder) => holder.decimals("NominalScannedPixelSpacing", 2));
  const [row = 0, column = 0] = pixels ?? [];
  const between =
    first((holder) => holder.decimal("SpacingBetweenSlices")) ?? first((holder) => holder.decimal("SliceThickness"));
  return {
    position: position && vector(position, 0),
    orientation: orientation && [vector(orientation, 0), vector(orientation, 3)],
    spacing: row > 0 && column > 0 ? [column, row] : undefined,
    between: between !== undefined && between !== 0 ? Math.abs(between) : undefined,
    scaling: scalingOf(first),
  };
}

function scalingOf(
  first: (read: (holder: DicomDataset) => number | undefined) => number | undefined,
): Scaling | undefined {
  const slope =
    first((holder) => holder.decimal("RescaleSlope")) ?? first((holder) => holder.decimal("DoseGridScaling")) ?? 1;
  const inter = first((holder) => holder.decimal("RescaleIntercept")) ?? 0;
  return slope === 0 || (slope === 1 && inter === 0) ? undefined : { slope, inter };
}

// The position is that of a single slice as large as the mosaic: each tile has the same center as the mosaic.
function mosaicPlaces(
  dataset: DicomDataset,
  { across, tiles, normal }: Mosaic,
  columns: number,
  rows: number,
): FramePlace[] {
  const place = placeOf([dataset]);
  const { position, orientation, spacing, between = 1 } = place;
  if (!position || !orientation || !spacing) return Array.from({ length: tiles }, () => place);
  const [x, y] = orientation;
  const right = ((columns - columns / across) / 2) * spacing[0];
  const first = along(along(position, x, right), y, ((rows - rows / across) / 2) * spacing[1]);
  return Array.from({ length: tiles }, (_, tile) => ({
    ...place,
    position: along(first, normal ?? cross(x, y), tile * between),
  }));
}

function vector(numbers: readonly number[], at: number): Vector {
  return [numbers[at] ?? 0, numbers[at + 1] ?? 0, numbers[at + 2] ?? 0];
}

/** The point at `distance` from another. */
function along(from: Vector, direction: Vector, distance: number): Vector {
  return [from[0] + direction[0] * distance, from[1] + direction[1] * distance, from[2] + direction[2] * distance];
}

/** The cross product of two vectors. */
export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** The dot product: how far a point is along a direction. */
export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
