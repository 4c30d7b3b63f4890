/** Images resampled through an affine map around their center. */

import type { Affine } from "../../../src/volume/affine-matrix.ts";
import {
  type AffineParams,
  aroundCenter,
  composedMap,
  mapOfRows,
  neutralParams,
  resampleThrough,
} from "../../../src/volume/affine-params.ts";
import { withApplied } from "../../../src/volume/applied.ts";
import { requestedSize } from "../../../src/volume/requested-size.ts";
import type { ResampleOptions } from "../../../src/volume/resample-options.ts";
import type { Volume } from "../../../src/volume/volume.ts";
import { notedResampling, resampledInPlace } from "./resampling.ts";

/** A map, given by its parameters or by the rows of its matrix. */
export type AffineMap = AffineParams | readonly (readonly number[])[];

/** Returns the image resampled through a map, recorded in `meta.applied`. */
export function transformed(
  volume: Volume,
  given: AffineMap,
  spatialSize: number | readonly number[] | undefined,
  options: ResampleOptions,
): Volume {
  const from = volume.spatialShape;
  const to = requestedSize(spatialSize, from);
  const [map, params] = parseMap(given, from.length);
  const result = resampleThrough(volume, aroundCenter(map, from, to, options.alignCorners), to, options);
  return withApplied(result, "affine", volume, { ...params, spatialSize: to, ...notedResampling(options) });
}

/**
 * Returns the image cut or padded to a size around its center, recorded in `meta.applied` if the size changed. Bilinear
 * returns float32 either way.
 */
export function fitToSize(
  volume: Volume,
  spatialSize: number | readonly number[] | undefined,
  options: ResampleOptions,
): Volume {
  const size = requestedSize(spatialSize, volume.spatialShape);
  if (size.some((n, axis) => n !== volume.spatialShape[axis])) {
    return transformed(volume, neutralParams, size, options);
  }
  return resampledInPlace(volume, options);
}

function parseMap(given: AffineMap, rank: number): [map: Affine, params: object] {
  if ("rotateParams" in given) return [composedMap(given, rank), given];
  return [mapOfRows(given, rank), { matrix: given }]; // the trace's own "affine" is that of the grid before
}
