import type { AffineLike } from "./affine-matrix.ts";
import type { Applied, Volume } from "./volume.ts";

/** What every trace of a spatial transform says besides its own parameters: the grid that it was applied to. */
export interface GridBefore {
  /** Spatial shape before, in voxels. */
  readonly shape: readonly number[];
  /** Affine before, 16 numbers, row-major. */
  readonly affine: readonly number[];
}

/** The spatial transforms that a volume has been through since it was read, the first one first. */
export function appliedTo(volume: Volume): readonly Applied[] {
  return volume.meta.applied ?? [];
}

/**
 * Notes on `result` that it was made of `source` by the spatial transform `name`: its parameters and the grid before, which is
 * what undoing it needs.
 */
export function withApplied(
  result: Volume,
  name: string,
  source: { readonly spatialShape: readonly number[]; readonly affine: AffineLike; readonly meta: Volume["meta"] },
  params: Readonly<Record<string, unknown>> = {},
): Volume {
  const before: GridBefore = { shape: [...source.spatialShape], affine: Array.from(source.affine) };
  const step: Applied = { name, params: { ...params, ...before } };
  return result.withMeta({ applied: [...(source.meta.applied ?? []), step] });
}
