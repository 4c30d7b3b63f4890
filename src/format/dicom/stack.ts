/** Sorts the frames of one or more files and checks that they form one volume, or several at the same positions. */

import type { Affine } from "../../volume/affine-matrix.ts";
import { affineFromLps } from "../samples/stored-image.ts";
import type { DicomImage } from "./dicom-image.ts";
import { cross, dot, type Vector } from "./frame-places.ts";
import { slicesOfFrames } from "./frame-vectors.ts";
import { badSeries, type Slice, sliceName, someOf } from "./slice.ts";
import { splitVolumes, type Volumes } from "./split-volumes.ts";
import { badElement, nameOfElement } from "./tags.ts";
import { type VolumeKeyword, volumeKeys } from "./volume-keys.ts";

/** A volume's frames in order. */
export interface Stack {
  /** z fastest, then repetitions at the same positions: time, echoes. */
  readonly slices: readonly Slice[];
  /** Number of slices along z; undefined for an image without a position in the patient, which is 2D. */
  readonly depth: number | undefined;
  readonly affine: Affine;
  /** What tells repetitions apart; undefined if there are none, or they are the frames of a file without positions. */
  readonly volumes: Volumes | undefined;
  /** Problems of the series that the options tolerate. */
  readonly warnings: readonly string[];
}

/** Options of {@link stackOf}. */
export interface StackOptions {
  /** For errors: the file, or the directory of the series. */
  readonly path: string;
  /** How to treat gaps and uneven distances between slices. */
  readonly gaps: "error" | "warn";
  /** What tells volumes at the same positions apart; undefined: whatever does. */
  readonly volumeBy: readonly VolumeKeyword[] | undefined;
}

/** Tolerance of directions (they are written with six digits), and relative tolerance of pixel sizes. */
const directionTolerance = 1e-3;
const spacingTolerance = 1e-3;
/**
 * Positions closer than this are the same, in mm: files of one series may write them with different digits. For pixels
 * below {@link usualPixel}, all tolerances in mm are smaller in proportion.
 */
const samePlaces = [1e-3, 5e-3, 2e-2];
/** Pixels of this size and larger, in mm, have the tolerances as given. */
const usualPixel = 0.1;
/** Slices much closer than others are at the same position, with another precision. */
const closestStep = 0.1;
/** Tolerance of the positions of slices in their plane, in pixels. */
const planeTolerance = 0.05;
/** Tolerance of a step relative to the mean, in mm and as a fraction: positions are written with few digits. */
const stepTolerance = { mm: 0.02, fraction: 0.01 };

/**
 * Sorts frames by their position along the normal, never by number, and checks that they have the same shape and type
 * and are evenly spaced.
 *
 * @throws FormatError `VOXRX_BAD_SERIES`, `VOXRX_BAD_AFFINE`
 */
export function stackOf(images: readonly DicomImage[], options: StackOptions): Stack {
  const slices = images.flatMap((image) => image.places.map((place, frame) => ({ image, frame, place })));
  checkAlike(slices, options);
  const [first] = slices;
  if (!first) throw badSeries("the series has no frames", options.path, remedies.incomplete);
  const { position, orientation } = first.place;
  const repeated = images.length === 1 && slices.length > 1 && slices.every(({ place }) => place.position === position);
  if (!position || !orientation || repeated) return unplaced(slices, images.length, options);
  return placed(slices, orientation, options);
}

const remedies = {
  others: "Move slices that do not belong to the volume, such as scouts or screenshots, to another directory.",
  incomplete:
    'Get the complete series without copies. To accept gaps between slices, use readDicomSeries(dir, { gaps: "warn" }).',
  positions: "Give the files one by one: their order in space is not known.",
};

/** Most slices must be alike, and the others are named. */
function checkAlike(slices: readonly Slice[], { path }: StackOptions): void {
  const kinds: Slice[][] = [];
  for (const slice of slices) {
    const kind = kinds.find(([known]) => known && !difference(known, slice));
    if (kind) kind.push(slice);
    else kinds.push([slice]);
  }
  if (kinds.length < 2) return;
  const [usual = [], ...others] = kinds.sort((a, b) => b.length - a.length);
  const [first] = usual;
  const odd = others.flat().sort((a, b) => (a.image.file.path < b.image.file.path ? -1 : 1));
  const faults = new Set(odd.flatMap((slice) => (first ? (difference(first, slice) ?? []) : [])));
  const names = someOf([...new Set(odd.map(sliceName))]);
  const fault = `${[...faults].join(", ")} differs between ${sliceName(first)} and ${names}`;
  throw badSeries(`${fault}: ${odd.length} of ${slices.length} slices`, path, remedies.others);
}

/** Files with different values have positions, or samples, that can't be compared. */
const seriesAttributes = ["FrameOfReferenceUID", "Modality", "Units"] as const;

/** What gray samples mean; colors become RGB, whatever they were. */
function grays({ image }: Slice): string {
  return image.samples === 1 ? image.photometric : "";
}

function difference(a: Slice, b: Slice): string | undefined {
  const shape = ({ image }: Slice) => [image.columns, image.rows, image.samples, image.isPlanar].join();
  if (shape(a) !== shape(b)) return "the image size";
  if (a.image.datatype !== b.image.datatype) return "the pixel type";
  const odd = seriesAttributes.find((keyword) => {
    const [one, other] = [a, b].map(({ image }) => image.file.dataset.text(keyword));
    return one !== undefined && other !== undefined && one !== other;
  });
  if (odd) return `the ${nameOfElement(odd)}`;
  if (grays(a) !== grays(b)) return `the ${nameOfElement("PhotometricInterpretation")}`;
  if (!a.place.position !== !b.place.position) return "the presence of a position";
  const [ax, ay] = a.place.orientation ?? [];
  const [bx, by] = b.place.orientation ?? [];
  if (!isNearVector(ax, bx) || !isNearVector(ay, by)) return "the orientation";
  const [au = 0, av = 0] = a.place.spacing ?? [];
  const [bu = 0, bv = 0] = b.place.spacing ?? [];
  const isNear = (m: number, n: number) => Math.abs(m - n) <= spacingTolerance * Math.max(m, n);
  return isNear(au, bu) && isNear(av, bv) ? undefined : "the pixel size";
}

function isNearVector(a: Vector | undefined, b: Vector | undefined): boolean {
  if (!a || !b) return a === b;
  return a.every((value, n) => Math.abs(value - (b[n] ?? 0)) <= directionTolerance);
}

// Frames in the order of the file. If only the first position is known, the others follow along the normal, as in ITK;
// those of other times, energies or projections become channels.
function unplaced(slices: readonly Slice[], files: number, options: StackOptions): Stack {
  const [first] = slices;
  if (files > 1) {
    const fault = `the slices have no ${nameOfElement("ImagePositionPatient")}, so their order is unknown`;
    throw badSeries(fault, options.path, remedies.positions);
  }
  const {
    position = [0, 0, 0],
    orientation = [
      [1, 0, 0],
      [0, 1, 0],
    ] as const,
    spacing = [1, 1],
    between,
  } = first?.place ?? {};
  const depth = first ? slicesOfFrames(first.image) : 1;
  if (first?.place.position && depth > 1 && between === undefined) {
    const fault = `is missing, as is SliceThickness: the distance between ${depth} frames is unknown`;
    throw badElement("SpacingBetweenSlices", fault, options.path);
  }
  const [x, y] = [unit(orientation[0]), unit(orientation[1])];
  const columns = [times(x, spacing[0]), times(y, spacing[1]), times(cross(x, y), between ?? 1)];
  const isPlane = depth === 1 && !first?.place.position;
  const affine = affineFromLps(columns, position, options.path);
  return { slices, depth: isPlane ? undefined : depth, affine, volumes: undefined, warnings: [] };
}

function placed(slices: readonly Slice[], directions: readonly [Vector, Vector], options: StackOptions): Stack {
  const { path } = options;
  const [x, y] = [unit(directions[0]), unit(directions[1])];
  const normal = cross(x, y);
  const place = slices[0]?.place;
  const [u, v] = place?.spacing ?? [1, 1];
  const pixel = Math.min(u, v);
  const levels = levelsOf(slices, normal, pixel);
  checkLevels(levels, pixel, path);
  const volumes = levels.some((level) => level.length > 1) ? splitVolumes(levels, options.volumeBy, path) : undefined;
  const positions = levels.map(([slice]) => slice?.place.position ?? ([0, 0, 0] as const));
  const [start = [0, 0, 0] as const] = positions;
  const end = positions.at(-1) ?? start;
  const steps = positions.length - 1;
  const step = steps > 0 ? times(minus(end, start), 1 / steps) : times(normal, place?.between ?? 1);
  const affine = affineFromLps([times(x, u), times(y, v), step], start, path);
  const fault = unevenness(positions, step, levels, pixel);
  if (fault && options.gaps === "error") throw badSeries(fault, path, remedies.incomplete);
  checkSegments(volumes?.slices ?? [levels.flat()], path);
  const ordered = volumes ? volumes.slices.flat() : levels.flat();
  return { slices: ordered, depth: levels.length, affine, volumes, warnings: fault ? [fault] : [] };
}

/** The masks of different segments would become one, in which no segment can be told from another. */
function checkSegments(volumes: readonly (readonly Slice[])[], path: string): void {
  for (const slices of volumes) {
    const segments = new Set(slices.map((slice) => volumeKeys.ReferencedSegmentNumber.read(slice)?.shown));
    if (segments.size < 2) continue;
    const numbers = someOf([...segments].map(String));
    const fault = `${nameOfElement("ReferencedSegmentNumber")} is ${numbers} in frames of one volume`;
    throw badSeries(
      `${fault}: the segments do not have the same positions`,
      path,
      "Write each segment to a file of its own, or the segmentation with a frame of each segment at each position.",
    );
  }
}

/** Groups slices by their distance along the normal, in increasing order. Each group is at one position. */
function levelsOf(slices: readonly Slice[], normal: Vector, pixel: number): Slice[][] {
  const placed = slices.map((slice) => ({ slice, distance: dot(slice.place.position ?? [0, 0, 0], normal) }));
  // Slices at one position are in the order of their files, so that the result does not depend on that of the list.
  placed.sort((a, b) => a.distance - b.distance || comparePaths(a.slice, b.slice));
  const attempts = samePlaces.map((mm) => {
    const tolerance = mm * finenessOf(pixel);
    const levels: { slice: Slice; distance: number }[][] = [];
    for (const one of placed) {
      const level = levels.at(-1);
      if (level?.[0] && one.distance - level[0].distance < tolerance) level.push(one);
      else levels.push([one]);
    }
    return levels;
  });
  const chosen = attempts.find((levels) => {
    const starts = levels.map(([first]) => first?.distance ?? 0);
    const steps = starts.slice(1).map((distance, n) => distance - (starts[n] ?? 0));
    const isEqual = levels.every((level) => level.length === levels[0]?.length);
    const largest = steps.reduce((most, step) => Math.max(most, step), 0);
    return isEqual && steps.every((step) => step >= closestStep * largest);
  });
  return (chosen ?? attempts[0] ?? []).map((level) => level.map(({ slice }) => slice));
}

/** Factor for tolerances in mm: 1 or, for fine pixels, less. */
function finenessOf(pixel: number): number {
  return Math.min(1, pixel / usualPixel);
}

function comparePaths(a: Slice, b: Slice): number {
  const [left, right] = [a.image.file.path, b.image.file.path];
  if (left === right) return a.frame - b.frame;
  return left < right ? -1 : 1;
}

/** Checks that there are equally many slices at all positions, and none beside another. */
function checkLevels(levels: readonly Slice[][], pixel: number, path: string): void {
  const counts = new Map<number, Slice[][]>();
  for (const level of levels) counts.set(level.length, [...(counts.get(level.length) ?? []), level]);
  if (counts.size > 1) {
    const [usual, ...others] = [...counts].sort(([, a], [, b]) => b.length - a.length);
    const odd = others.flatMap(([count, found]) => found.map(([slice]) => `${count} at that of ${sliceName(slice)}`));
    const most = `${usual?.[0]} at most positions`;
    throw badSeries(`slices are duplicated or missing: ${most}, ${someOf(odd)}`, path, remedies.incomplete);
  }
  const most = Math.max(stepTolerance.mm * finenessOf(pixel), planeTolerance * pixel);
  for (const [first, ...others] of levels) {
    const from = first?.place.position;
    const beside = others.find(({ place }) => from && Math.hypot(...minus(place.position ?? from, from)) > most);
    if (!beside) continue;
    const names = `${sliceName(first)} and ${sliceName(beside)}`;
    throw badSeries(`${names} are in the same plane, but beside each other`, path, remedies.others);
  }
}

/**
 * A message about unevenly spaced slices, with the distance that differs most from the median; undefined if they are
 * even.
 */
function unevenness(
  positions: readonly Vector[],
  step: Vector,
  levels: readonly Slice[][],
  pixel: number,
): string | undefined {
  const most = Math.max(stepTolerance.mm * finenessOf(pixel), stepTolerance.fraction * Math.hypot(...step));
  const steps = positions.slice(1).map((position, n) => minus(position, positions[n] ?? position));
  if (steps.every((one) => Math.hypot(...minus(one, step)) <= most)) return undefined;
  const lengths = steps.map((one) => Math.hypot(...one));
  const usual = [...lengths].sort((a, b) => a - b)[Math.floor((lengths.length - 1) / 2)] ?? 0;
  const deviations = lengths.map((length) => Math.abs(length - usual));
  const worst = deviations.indexOf(Math.max(...deviations));
  const names = `${sliceName(levels[worst]?.[0])} and ${sliceName(levels[worst + 1]?.[0])}`;
  const [found, other] = [lengths[worst] ?? 0, usual].map((mm) => mm.toFixed(usual < usualPixel ? 6 : 3));
  return `the slices are unevenly spaced: ${found} mm between ${names}, ${other} mm elsewhere`;
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function times(vector: Vector, factor: number): Vector {
  return [vector[0] * factor, vector[1] * factor, vector[2] * factor];
}

function unit(vector: Vector): Vector {
  return times(vector, 1 / Math.hypot(...vector));
}
