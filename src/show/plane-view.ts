/** How a plane of an image is turned to be looked at: which voxel axis runs where, and the letters at the edges. */

import { type AxisOrientation, orientationOf } from "../volume/axcodes.ts";
import type { Volume } from "../volume/volume.ts";

/** The planes in which radiologists look at the body. */
export type Plane = "axial" | "coronal" | "sagittal";

/** Whether the patient's right (`radiological`) or left (`neurological`) is at the left of an axial or coronal image. */
export type Convention = "radiological" | "neurological";

/** A voxel axis along an edge of the image, and whether it runs there from its last voxel to the first. */
interface EdgeAxis {
  readonly axis: number;
  readonly isReversed: boolean;
}

/** Letters of the directions at the four edges. */
export interface EdgeLetters {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

/** A plane of an image, as it is shown. */
export interface PlaneView {
  /** Undefined for an image without a place in the patient. */
  readonly plane: Plane | undefined;
  /** The voxel axis that is looked along, and whether slices are counted from its end. Undefined for a 2D image. */
  readonly across: EdgeAxis | undefined;
  readonly right: EdgeAxis;
  readonly down: EdgeAxis;
  readonly letters: EdgeLetters | undefined;
}

/** The planes by the world axis that they are perpendicular to. */
export const planes: readonly Plane[] = ["sagittal", "coronal", "axial"];

const ends = [
  ["L", "R"],
  ["P", "A"],
  ["I", "S"],
] as const;

/** A world axis (0 to the right, 1 to the front, 2 to the top), and the direction along it. */
type Direction = readonly [world: number, sign: 1 | -1];

const rasterFormats: ReadonlySet<unknown> = new Set(["png", "jpeg", "tiff", "webp", "raster"]);

/** Whether an image was read from PNG, JPEG, TIFF or WebP. */
export function isRaster({ meta }: Volume): boolean {
  return rasterFormats.has(meta.format);
}

/** Whether an image has a place in a patient. Raster images and arrays have none, nor has a plain 2D image. */
export function isPlaced(volume: Volume): boolean {
  if (isRaster(volume) || volume.meta.format === "npy") return false;
  if (volume.shape.length > 3 || (volume.meta.format !== undefined && volume.meta.format !== "dicom")) return true;
  // A DICOM image without a position is 2D; it is often a photograph or a screen.
  if (volume.meta.format === "dicom") return false;
  const [a, b, , , c, d, , , e, f] = volume.affine;
  const isPlain = b === 0 && c === 0 && e === 0 && f === 0 && a !== undefined && a > 0 && d !== undefined && d > 0;
  return !isPlain;
}

/** How a 2D image is shown. */
export function flatView(volume: Volume, convention: Convention): PlaneView {
  const [first, second] = orientationOf(volume.affine, 2);
  if (!isPlaced(volume) || !first || !second) return asStored(0, 1);
  const world = [0, 1, 2].find((axis) => axis !== first.axis && axis !== second.axis) ?? 2;
  return viewAlong(world, [first, second], undefined, volume, convention);
}

/** How a plane of a 3D image is shown that is perpendicular to a voxel axis. */
export function viewAcross(volume: Volume, axis: number, convention: Convention): PlaneView {
  // The pages of a raster image are upright like the image itself.
  if (isRaster(volume)) {
    const [right = 0, down = 1] = [0, 1, 2].filter((other) => other !== axis);
    return { ...asStored(right, down), across: { axis, isReversed: false } };
  }
  const orientation = orientationOf(volume.affine, 3);
  const { axis: world = 2, sign = 1 } = orientation[axis] ?? {};
  return viewAlong(world, orientation, { axis, isReversed: sign < 0 }, volume, convention);
}

/** The voxel axis that is closest to being perpendicular to a plane. */
export function axisAcross(volume: Volume, plane: Plane): number {
  if (isRaster(volume)) return planes.indexOf(plane);
  return orientationOf(volume.affine, 3).findIndex(({ axis }) => planes[axis] === plane);
}

function asStored(right: number, down: number): PlaneView {
  const along = (axis: number): EdgeAxis => ({ axis, isReversed: false });
  return { plane: undefined, across: undefined, right: along(right), down: along(down), letters: undefined };
}

function viewAlong(
  world: number,
  orientation: readonly AxisOrientation[],
  across: EdgeAxis | undefined,
  volume: Volume,
  convention: Convention,
): PlaneView {
  const [right, down] = directions(world, convention);
  const along = ([wanted, sign]: Direction): EdgeAxis => {
    const axis = orientation.findIndex((found) => found.axis === wanted);
    return { axis, isReversed: orientation[axis]?.sign !== sign };
  };
  const letters = isPlaced(volume) ? lettersOf(right, down) : undefined;
  return { plane: planes[world], across, right: along(right), down: along(down), letters };
}

function directions(world: number, convention: Convention): readonly [right: Direction, down: Direction] {
  const side: Direction = [0, convention === "radiological" ? -1 : 1];
  if (world === 2) return [side, [1, -1]];
  return [world === 1 ? side : [1, -1], [2, -1]];
}

function lettersOf(right: Direction, down: Direction): EdgeLetters {
  const letter = ([world, sign]: Direction, end: 1 | -1) => ends[world]?.[sign * end > 0 ? 1 : 0] ?? "";
  return { left: letter(right, -1), right: letter(right, 1), top: letter(down, -1), bottom: letter(down, 1) };
}

/** The largest angle between a voxel axis and the patient's axis that it is shown as, in degrees. */
export function obliqueAngle(volume: Volume): number {
  if (!isPlaced(volume)) return 0;
  const { affine } = volume;
  const angles = orientationOf(affine, volume.shape.length - 1).map(({ axis }, column) => {
    const vector = [0, 4, 8].map((row) => affine[row + column] ?? 0);
    const norm = Math.hypot(...vector);
    return norm > 0 ? Math.acos(Math.min(1, Math.abs(vector[axis] ?? 0) / norm)) : 0;
  });
  return (Math.max(...angles) * 180) / Math.PI;
}
