/** Sorts the frames of one or more files and checks that they form one volume. */
import { FormatError } from "../../errors.ts";
import type { Affine } from "../../volume/affine-matrix.ts";
import { affineFromLps } from "../samples/stored-image.ts";
import type { DicomImage } from "./dicom-image.ts";
import { cross, dot, type FramePlace, type Vector } from "./frame-places.ts";

/** One frame of one file. */
interface Slice {
  readonly image: DicomImage;
  readonly frame: number;
  readonly place: FramePlace;
}

/** A volume's frames in order. */
export interface Stack {
  /** z fastest, then repetitions at the same positions: time, echoes. */
  readonly slices: readonly Slice[];
  /** Number of slices along z; undefined for an image without a position in the patient, which is 2D. */
  readonly depth: number | undefined;
  readonly affine: Affine;
  /** Problems of the series that the options tolerate. */
  readonly warnings: readonly string[];
}

/** Options of {@link stackOf}. */
export interface StackOptions {
  /** For errors: the file, or the directory of the series. */
  readonly path: string;
  /** How to treat gaps and uneven distances between slices. */
  readonly gaps: "error" | "warn";
}

/** Tolerance of directions (they are written with six digits), and relative tolerance of pixel sizes. */
const directionTolerance = 1e-3;
const spacingTolerance = 1e-3;
/** Positions closer than this are the same, in mm. */
const samePlace = 1e-3;
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
  if (!first) throw badSeries("the series has no frames", options);
  const { position, orientation } = first.place;
  const repeated = images.length === 1 && slices.length > 1 && slices.every(({ place }) => place.position === position);
  if (!position || !orientation || repeated) return unplaced(slices, images.length, options);
  return placed(slices, orientation, options);
}

function checkAlike(slices: readonly Slice[], options: StackOptions): void {
  const [first] = slices;
  for (const slice of slices) {
    if (!first || slice === first) continue;
    const fault = difference(first, slice);
    if (fault) throw badSeries(`${fault} differs between ${nameOf(first)} and ${nameOf(slice)}`, options);
  }
}

function difference(a: Slice, b: Slice): string | undefined {
  const shape = ({ image }: Slice) => [image.columns, image.rows, image.samples, image.isPlanar].join();
  if (shape(a) !== shape(b)) return "the image size";
  if (a.image.datatype !== b.image.datatype) return "the pixel type";
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

// Frames in the order of the file. If only the first position is known, the others follow along the normal, as in ITK.
function unplaced(slices: readonly Slice[], files: number, options: StackOptions): Stack {
  const [first] = slices;
  if (files > 1) throw badSeries("the slices have no positions, so their order is unknown", options);
  const {
    position = [0, 0, 0],
    orientation = [
      [1, 0, 0],
      [0, 1, 0],
    ] as const,
    spacing = [1, 1],
    between = 1,
  } = first?.place ?? {};
  const [x, y] = orientation;
  const columns = [times(x, spacing[0]), times(y, spacing[1]), times(cross(x, y), between)];
  const isPlane = slices.length === 1 && !first?.place.position;
  const affine = affineFromLps(columns, position, options.path);
  return { slices, depth: isPlane ? undefined : slices.length, affine, warnings: [] };
}

function placed(slices: readonly Slice[], [x, y]: readonly [Vector, Vector], options: StackOptions): Stack {
  const normal = cross(x, y);
  const levels = levelsOf(slices, normal);
  const ordered = byRepetition(levels, options);
  const positions = levels.map(([slice]) => slice?.place.position ?? ([0, 0, 0] as const));
  const [start = [0, 0, 0] as const] = positions;
  const end = positions.at(-1) ?? start;
  const place = slices[0]?.place;
  const [u, v] = place?.spacing ?? [1, 1];
  const steps = positions.length - 1;
  const step = steps > 0 ? times(minus(end, start), 1 / steps) : times(normal, place?.between ?? 1);
  const affine = affineFromLps([times(x, u), times(y, v), step], start, options.path);
  const fault = unevenness(positions, step, levels);
  if (fault && options.gaps === "error") throw badSeries(fault, options);
  return { slices: ordered, depth: levels.length, affine, warnings: fault ? [fault] : [] };
}

/** Groups slices by their distance along the normal, in increasing order. Each group is at one position. */
function levelsOf(slices: readonly Slice[], normal: Vector): Slice[][] {
  const distance = ({ place }: Slice) => dot(place.position ?? [0, 0, 0], normal);
  const sorted = [...slices].sort((a, b) => distance(a) - distance(b));
  const levels: Slice[][] = [];
  for (const slice of sorted) {
    const level = levels.at(-1);
    if (level?.[0] && distance(slice) - distance(level[0]) < samePlace) level.push(slice);
    else levels.push([slice]);
  }
  return levels;
}

/** Slices with z fastest. If there are several at each position, a tag must tell which of them belong together. */
function byRepetition(levels: readonly Slice[][], options: StackOptions): Slice[] {
  const times = levels[0]?.length ?? 1;
  const odd = levels.find((level) => level.length !== times);
  if (odd) {
    const most = odd.length > times ? odd : (levels[0] ?? odd);
    const least = most === odd ? times : odd.length;
    throw badSeries(
      `slices are duplicated or missing: ${most.length} at the position of ${nameOf(most[0])}, ${least} at others`,
      options,
    );
  }
  if (times === 1) return levels.flat();
  const ranked = levels.map((level) => ranks(level, options));
  return Array.from({ length: times }, (_, repetition) =>
    ranked.flatMap((level) => level.slice(repetition, repetition + 1)),
  ).flat();
}

function ranks(level: readonly Slice[], options: StackOptions): Slice[] {
  const isOneFile = level.every(({ image }) => image === level[0]?.image);
  if (isOneFile) return [...level].sort((a, b) => a.frame - b.frame);
  for (const keyword of ["TemporalPositionIdentifier", "TriggerTime", "EchoNumbers", "AcquisitionNumber"] as const) {
    const numberOf = ({ image }: Slice) => image.file.dataset.decimal(keyword) ?? Number.NaN;
    const values = new Set(level.map(numberOf));
    if (values.size === level.length && !values.has(Number.NaN))
      return [...level].sort((a, b) => numberOf(a) - numberOf(b));
  }
  const names = level.slice(0, 2).map(nameOf).join(" and ");
  throw badSeries(`${level.length} slices are at the same position and no tag distinguishes them: ${names}`, options);
}

/**
 * A message about unevenly spaced slices, with the distance that differs most from the median; undefined if they are
 * even.
 */
function unevenness(positions: readonly Vector[], step: Vector, levels: readonly Slice[][]): string | undefined {
  const most = Math.max(stepTolerance.mm, stepTolerance.fraction * Math.hypot(...step));
  const steps = positions.slice(1).map((position, n) => minus(position, positions[n] ?? position));
  if (steps.every((one) => Math.hypot(...minus(one, step)) <= most)) return undefined;
  const lengths = steps.map((one) => Math.hypot(...one));
  const usual = [...lengths].sort((a, b) => a - b)[Math.floor((lengths.length - 1) / 2)] ?? 0;
  const deviations = lengths.map((length) => Math.abs(length - usual));
  const worst = deviations.indexOf(Math.max(...deviations));
  const names = `${nameOf(levels[worst]?.[0])} and ${nameOf(levels[worst + 1]?.[0])}`;
  const found = (lengths[worst] ?? 0).toFixed(3);
  return `the slices are unevenly spaced: ${found} mm between ${names}, ${usual.toFixed(3)} mm elsewhere`;
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function times(vector: Vector, factor: number): Vector {
  return [vector[0] * factor, vector[1] * factor, vector[2] * factor];
}

function nameOf(slice: Slice | undefined): string {
  if (!slice) return "nothing";
  const name = slice.image.file.path.split(/[\\/]/).at(-1) ?? "";
  return slice.image.places.length > 1 ? `${name} (frame ${slice.frame + 1})` : name;
}

function badSeries(fault: string, { path }: StackOptions): FormatError {
  return new FormatError("VOXRX_BAD_SERIES", fault, {
    file: path,
    remedy: 'Get the complete series without duplicates. To accept gaps, use readDicomSeries(dir, { gaps: "warn" }).',
  });
}
