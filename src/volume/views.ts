/**
 * Views: the same memory with other shapes, strides and offsets, and with an affine that keeps voxels in their place in
 * the world.
 */
import { type Affine, flipAffine, permuteAffine, translateAffine } from "./affine-matrix.ts";
import { badVolume } from "./strides.ts";

/** The layout of an image in memory, and its place in the world. */
export interface Place {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly affine: Affine;
}

/** Reverses some spatial axes (0 = x). */
export function flipped(place: Place, axes: readonly number[]): Place {
  const { shape } = place;
  const strides = [...place.strides];
  let { offset, affine } = place;
  for (const axis of axes) {
    checkAxis(place, axis);
    const length = shape[axis + 1]!;
    offset += Math.max(0, length - 1) * strides[axis + 1]!;
    strides[axis + 1] = -strides[axis + 1]!;
    affine = flipAffine(affine, axis, length);
  }
  return { shape, strides, offset, affine };
}

/** Makes spatial axis k of the result the image's axis `order[k]`. */
export function permuted(place: Place, order: readonly number[]): Place {
  const rank = place.shape.length - 1;
  if (order.length !== rank || new Set(order).size !== rank) {
    throw badVolume(`permute needs each of the ${rank} spatial axes once, got [${order}]`, "Name every axis once.");
  }
  for (const axis of order) checkAxis(place, axis);
  const pick = (values: readonly number[]) => [values[0]!, ...order.map((axis) => values[axis + 1]!)];
  const { shape, strides, offset, affine } = place;
  return { shape: pick(shape), strides: pick(strides), offset, affine: permuteAffine(affine, order) };
}

/** The voxels from `start` up to, but not including, `end`. */
export function cropped(place: Place, start: readonly number[], end: readonly number[]): Place {
  const { strides } = place;
  const shape = [place.shape[0]!];
  let { offset } = place;
  for (let axis = 0; axis + 1 < place.shape.length; axis++) {
    const length = place.shape[axis + 1]!;
    const [from, to] = [start[axis] ?? 0, end[axis] ?? length];
    const inside = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && to <= length;
    if (!inside || to < from)
      throw badVolume(
        `a crop from ${from} to ${to} is not within axis ${axis} of ${length} voxels`,
        "Pad first, or crop less.",
      );
    shape.push(to - from);
    offset += from * strides[axis + 1]!;
  }
  const origin = Array.from({ length: shape.length - 1 }, (_, axis) => start[axis] ?? 0);
  return { shape, strides, offset, affine: translateAffine(place.affine, origin) };
}

/** The channels from `from` up to, but not including, `to`. */
export function selectedChannels({ shape, strides, offset, affine }: Place, from: number, to: number): Place {
  const [channels = 0, ...spatial] = shape;
  const inside = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && to <= channels;
  if (!inside || from >= to)
    throw badVolume(
      `channels ${from} to ${to} are not within the image's ${channels} channels`,
      "Name channels that it has.",
    );
  return { shape: [to - from, ...spatial], strides, offset: offset + from * strides[0]!, affine };
}

/** One plane of a 3D image as a 2D image. */
export function planeOf(place: Place, axis: number, index: number): Place {
  if (place.shape.length !== 4)
    throw badVolume(`slice needs a 3D volume, got shape [${place.shape}]`, "A 2D image is a slice already.");
  checkAxis(place, axis);
  const kept = [0, 1, 2].filter((other) => other !== axis);
  const [start, end] = [[0, 0, 0], place.shape.slice(1)];
  start[axis] = index;
  end[axis] = index + 1;
  const { shape, strides, offset, affine } = permuted(cropped(place, start, end), [...kept, axis]);
  return { shape: shape.slice(0, 3), strides: strides.slice(0, 3), offset, affine };
}

function checkAxis({ shape }: Place, axis: number): void {
  const rank = shape.length - 1;
  if (!Number.isInteger(axis) || axis < 0 || axis >= rank)
    throw badVolume(`an image with ${rank} spatial axes has no axis ${axis}`, `Use an axis from 0 to ${rank - 1}.`);
}
