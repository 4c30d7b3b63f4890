/** Outlines: volumes that have a grid and no samples, to try spatial transforms on, so that several can be done as one resampling. */
import type { Padding } from "../kernels/sampling.ts";
import type { Grid } from "./grid.ts";
import { Volume } from "./volume.ts";

/** One resampling that was asked of an outline. */
export interface Asked {
  /** How values between voxels would have been found; undefined where voxels stay what they are (padding). */
  readonly mode: "bilinear" | "nearest" | undefined;
  readonly padding: Padding;
  /** Whether the asked-for grid is not where its affine says (`alignCorners`): nothing can be joined with it. */
  readonly isApart: boolean;
}

/** What all outlines hold: it tells them from other volumes, also through views. */
const noSamples = new Float32Array(1);

/** The volume's grid without its samples. */
export function outlineOf(volume: Volume): Volume {
  const { shape, affine, meta } = volume;
  return outlineWith(shape, affine, { ...meta, pending: [] });
}

/** Whether a volume has no samples of its own. */
export function isOutline(volume: Volume): boolean {
  return volume.storage === noSamples;
}

/** The outline on another grid, with the resampling that was asked for noted on it. */
export function redrawn(outline: Volume, grid: Grid, asked: Asked): Volume {
  const shape = [outline.channels, ...grid.shape];
  return outlineWith(shape, grid.affine, { ...outline.meta, pending: [...askedOf(outline), asked] });
}

/** The resamplings that were asked of an outline, the first one first. */
export function askedOf(outline: Volume): readonly Asked[] {
  const { pending } = outline.meta;
  return Array.isArray(pending) ? pending : [];
}

function outlineWith(shape: readonly number[], affine: Grid["affine"], meta: Volume["meta"]): Volume {
  return new Volume({ data: noSamples, shape, strides: shape.map(() => 0), affine, meta });
}
