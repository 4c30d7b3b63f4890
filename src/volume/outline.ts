/**
 * Outlines: volumes with a grid but no samples. Spatial transforms are tried on them first, so that several can be
 * merged into one resampling.
 */
import type { Surroundings } from "../kernels/sampling.ts";
import type { Grid } from "./grid.ts";
import { isUnread, Volume } from "./volume.ts";

/** One resampling that an outline represents and that is not computed yet. */
export interface PendingResampling {
  /** The interpolation mode; undefined if voxel values stay the same (padding). */
  readonly mode: "bilinear" | "nearest" | undefined;
  readonly padding: Surroundings;
  /** Whether the new grid is not where its affine says (`alignCorners`): then nothing can be merged with it. */
  readonly isMisplaced: boolean;
}

/** The storage of all outlines. It distinguishes them from other volumes, also through views. */
const noSamples = new Float32Array(1);

/** The volume's grid without its samples. */
export function outlineOf(volume: Volume): Volume {
  const { shape, affine, meta } = volume;
  return outlineWith(shape, affine, { ...meta, pending: [] });
}

/** Whether a volume is an outline, without its own samples. */
export function isOutline(volume: Volume): boolean {
  return !isUnread(volume) && volume.storage === noSamples;
}

/** Returns the outline on another grid, with the resampling that leads there recorded. */
export function withPending(outline: Volume, grid: Grid, resampling: PendingResampling): Volume {
  const shape = [outline.channels, ...grid.shape];
  return outlineWith(shape, grid.affine, { ...outline.meta, pending: [...pendingResamplings(outline), resampling] });
}

/** The resamplings that an outline represents, in order. */
export function pendingResamplings(outline: Volume): readonly PendingResampling[] {
  const { pending } = outline.meta;
  return Array.isArray(pending) ? pending : [];
}

function outlineWith(shape: readonly number[], affine: Grid["affine"], meta: Volume["meta"]): Volume {
  return new Volume({ data: noSamples, shape, strides: shape.map(() => 0), affine, meta });
}
