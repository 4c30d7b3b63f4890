import type { AffineLike } from "./affine-matrix.ts";
import type { Applied, Volume } from "./volume.ts";

/** What `meta.applied` records for every spatial transform besides its parameters: the grid that it was applied to. */
interface GridBefore {
  /** Spatial shape before, in voxels. */
  readonly shape: readonly number[];
  /** Affine before, 16 numbers, row-major. */
  readonly affine: readonly number[];
}

/** The spatial transforms that were applied to a volume since it was read, in order. */
export function appliedTo(volume: Volume): readonly Applied[] {
  return volume.meta.applied ?? [];
}

/**
 * Records on `result` that the spatial transform `name` made it from `source`: the parameters and the grid before,
 * which are needed to undo it.
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
