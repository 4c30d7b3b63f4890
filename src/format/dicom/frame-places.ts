/** Where each frame of a file lies in the patient, and how its stored values become real ones. */
import { FormatError } from "../../errors.ts";
import type { Scaling } from "../samples/sample-decoder.ts";
import type { DicomDataset } from "./element-values.ts";
import { type ModalityLut, modalityLutOf } from "./modality-lut.ts";
import type { Mosaic } from "./mosaic.ts";
import { badElement, nameOfElement } from "./tags.ts";

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
  /** Distance to the next frame along the normal, as announced: negative if frames go against it. */
  readonly between: number | undefined;
  readonly scaling: Scaling | undefined;
  /** Takes the place of `scaling`. */
  readonly lut: ModalityLut | undefined;
}

/** What all frames of a file have in common. */
export interface FramesOfFile {
  readonly dataset: DicomDataset;
  /** As stored: a mosaic is one. */
  readonly frames: number;
  readonly isSigned: boolean;
  readonly path: string;
}

/** The places of the frames of a file. @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_BAD_AFFINE` */
export function placesOf(file: FramesOfFile): FramePlace[] {
  const { dataset, frames, path } = file;
  const [shared] = dataset.items("SharedFunctionalGroupsSequence");
  const each = dataset.items("PerFrameFunctionalGroupsSequence");
  if (each.length > 0 && each.length < frames) {
    const fault = `has ${each.length} items, but NumberOfFrames is ${frames}`;
    throw badElement("PerFrameFunctionalGroupsSequence", fault, path);
  }
  if (each.length > 0) {
    return each
      .slice(0, frames)
      .map((own) => placeOf([own, shared, dataset], file, own.items("PlanePositionSequence").length > 0));
  }
  const offsets = dataset.decimals("GridFrameOffsetVector", frames);
  const common = placeOf([shared, dataset], file, frames === 1 || offsets !== undefined);
  const { position, orientation } = common;
  if (!offsets || !position || !orientation) return Array.from({ length: frames }, () => common);
  const normal = cross(...orientation);
  const from = firstOffset(offsets, position, normal, path);
  return offsets.map((offset) => ({ ...common, position: along(position, normal, offset - from) }));
}

/** Tolerance of a dose's first offset as a position, in mm. */
const offsetTolerance = 0.05;

/**
 * What the offsets of a dose's frames count from (PS3.3, C.8.8.3.2): the first frame, at 0, or, for transverse frames,
 * the origin of the patient's z axis.
 */
function firstOffset(offsets: readonly number[], position: Vector, normal: Vector, path: string): number {
  const [from = 0] = offsets;
  if (from === 0) return 0;
  if (normal[2] > 1 - directionTolerance && Math.abs(from - position[2]) <= offsetTolerance) return from;
  const fault = `starts with ${from}: it must start with 0 or, for transverse frames, with z of ImagePositionPatient`;
  throw badElement("GridFrameOffsetVector", `${fault}, which is ${position[2]}`, path);
}

/**
 * The position of a frame, each element from the first group that contains it.
 *
 * @param isPlaced whether the frame is placed by a position of its own, not by its distance to others
 */
function placeOf(groups: readonly (DicomDataset | undefined)[], file: FramesOfFile, isPlaced: boolean): FramePlace {
  const { path } = file;
  const holders = groups.flatMap((group) => {
    if (!group) return [];
    const inner = (["PixelMeasuresSequence", "PlanePositionSequence", "PlaneOrientationSequence"] as const).flatMap(
      (name) => group.items(name).slice(0, 1),
    );
    return [...inner, ...group.items("PixelValueTransformationSequence").slice(0, 1), group, ...detectorOf(group)];
  });
  const position = first(holders, (holder) => holder.decimals("ImagePositionPatient", 3));
  const orientation = first(holders, (holder) => holder.decimals("ImageOrientationPatient", 6));
  const place = {
    position: position && vector(position, 0),
    orientation: orientation && directionsOf(orientation, path),
    spacing: pixelSpacingOf(holders, path),
    between: distanceOf(holders, file, isPlaced),
    ...valuesOf(holders, file),
  };
  // Without them, the position of one pixel is known and that of no other.
  const missing = !place.orientation ? "ImageOrientationPatient" : !place.spacing ? "PixelSpacing" : undefined;
  if (!position || !missing) return place;
  throw badElement(missing, `is missing, but there is an ${nameOfElement("ImagePositionPatient")}`, path);
}

/** Reconstructed slices of nuclear medicine have their place in the item of their detector (PS3.3, C.8.4.11). */
function detectorOf(group: DicomDataset): DicomDataset[] {
  const detectors = group.items("DetectorInformationSequence");
  return detectors.length === 1 ? detectors : [];
}

/** The value from the first group that has it. */
function first<T>(holders: readonly DicomDataset[], read: (holder: DicomDataset) => T | undefined): T | undefined {
  for (const holder of holders) {
    const found = read(holder);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Tolerance of lengths and of cosines of right angles: directions are written with few digits. */
const directionTolerance = 1e-3;

function directionsOf(numbers: readonly number[], path: string): readonly [x: Vector, y: Vector] {
  const [x, y] = [vector(numbers, 0), vector(numbers, 3)];
  const faults = [Math.hypot(...x) - 1, Math.hypot(...y) - 1, dot(x, y)];
  if (faults.every((fault) => Math.abs(fault) <= directionTolerance)) return [x, y];
  const fault = `is ${numbers.join(", ")}: not two unit vectors at right angles`;
  throw new FormatError("VOXRX_BAD_AFFINE", `${nameOfElement("ImageOrientationPatient")} ${fault}`, {
    file: path,
    remedy: "Correct the direction cosines in the header, or export the file again.",
  });
}

/** The first of these elements that is there counts: the others are measured at the detector. */
const spacingKeywords = ["PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"] as const;

function pixelSpacingOf(holders: readonly DicomDataset[], path: string): readonly [number, number] | undefined {
  for (const keyword of spacingKeywords) {
    const numbers = first(holders, (holder) => holder.decimals(keyword, 2));
    if (!numbers) continue;
    const [row = 0, column = 0] = numbers;
    if (row > 0 && column > 0) return [column, row];
    throw badElement(keyword, `must be two positive numbers, got ${numbers.join(", ")}`, path);
  }
  return undefined;
}

/**
 * The distance between frames. Only for nuclear medicine, the standard gives a negative one a meaning: frames go against
 * the normal (PS3.3, C.8.4.15). Frames with positions of their own need no sign.
 */
function distanceOf(
  holders: readonly DicomDataset[],
  { dataset, path }: FramesOfFile,
  isPlaced: boolean,
): number | undefined {
  for (const keyword of ["SpacingBetweenSlices", "SliceThickness"] as const) {
    const distance = first(holders, (holder) => holder.decimal(keyword));
    if (distance === undefined || distance === 0) continue;
    if (isPlaced || distance > 0) return Math.abs(distance);
    if (keyword === "SpacingBetweenSlices" && isNuclear(dataset)) return distance;
    throw badElement(keyword, `must be positive, got ${distance}: the order of the frames is unknown`, path);
  }
  return undefined;
}

function isNuclear(dataset: DicomDataset): boolean {
  return dataset.text("Modality") === "NM" || dataset.text("SOPClassUID") === "1.2.840.10008.5.1.4.1.1.20";
}

/** How stored values become real ones: linear, or by a table (PS3.3, C.11.1). */
function valuesOf(
  holders: readonly DicomDataset[],
  { isSigned, path }: FramesOfFile,
): Pick<FramePlace, "scaling" | "lut"> {
  const scaling = scalingOf(holders, path);
  const lut = first(holders, (holder) => modalityLutOf(holder, isSigned, path));
  if (lut && scaling) {
    const fault = `and ${nameOfElement("RescaleSlope")} contradict each other: a file has one of them`;
    throw badElement("ModalityLUTSequence", fault, path);
  }
  return { scaling, lut };
}

function scalingOf(holders: readonly DicomDataset[], path: string): Scaling | undefined {
  const [rescale, dose] = (["RescaleSlope", "DoseGridScaling"] as const).map((keyword) => {
    const slope = first(holders, (holder) => holder.decimal(keyword));
    if (slope === 0) throw badElement(keyword, "is 0, so all values would be the same", path);
    return slope;
  });
  const inter = first(holders, (holder) => holder.decimal("RescaleIntercept")) ?? 0;
  // Some programs write a rescale that changes nothing into doses.
  if (dose !== undefined && ((rescale ?? 1) !== 1 || inter !== 0)) {
    const fault = `is ${dose}, but there are RescaleSlope ${rescale ?? 1} and RescaleIntercept ${inter}, too`;
    throw badElement("DoseGridScaling", fault, path);
  }
  const slope = dose ?? rescale ?? 1;
  return slope === 1 && inter === 0 ? undefined : { slope, inter };
}

/**
 * The places of the tiles of a mosaic. The position in the file is that of a single slice as large as the mosaic: each
 * tile has the same center as the mosaic.
 *
 * @param columns of the mosaic, as `rows`
 */
export function placesOfTiles(file: FramesOfFile, mosaic: Mosaic, columns: number, rows: number): FramePlace[] {
  const { across, tiles, normal } = mosaic;
  const place = placeOf([file.dataset], file, false);
  const { position, orientation, spacing, between = 1 } = place;
  if (!position || !orientation || !spacing) return Array.from({ length: tiles }, () => place);
  const [x, y] = orientation;
  const right = ((columns - columns / across) / 2) * spacing[0];
  const start = along(along(position, x, right), y, ((rows - rows / across) / 2) * spacing[1]);
  return Array.from({ length: tiles }, (_, tile) => ({
    ...place,
    position: along(start, normal ?? cross(x, y), tile * between),
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
