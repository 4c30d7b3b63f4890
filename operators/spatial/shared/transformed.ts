/** Images resampled through an affine map around their middle. */
import type { Affine } from "../../../src/volume/affine-matrix.ts";
import {
  type AffineParams,
  aroundCentre,
  composedMap,
  mapOfRows,
  neutralParams,
  resampleThrough,
  sizeOrOwn,
} from "../../../src/volume/affine-params.ts";
import { withApplied } from "../../../src/volume/applied.ts";
import type { ResampleOptions } from "../../../src/volume/resample-volume.ts";
import type { Volume } from "../../../src/volume/volume.ts";
import { notedResampling, unmoved } from "./resampling.ts";

/** A map by its parameters, or by the rows of its matrix. */
export type AffineMap = AffineParams | readonly (readonly number[])[];

/** The image resampled through a map, noted on it. */
export function transformed(
  volume: Volume,
  given: AffineMap,
  spatialSize: number | readonly number[] | undefined,
  options: ResampleOptions,
): Volume {
  const from = volume.spatialShape;
  const to = sizeOrOwn(spatialSize, from);
  const [map, params] = read(given, from.length);
  const result = resampleThrough(volume, aroundCentre(map, from, to, options.alignCorners), to, options);
  return withApplied(result, "affine", volume, { ...params, spatialSize: to, ...notedResampling(options) });
}

/** The image brought to a size around its middle, noted on it if it changed; bilinear gives float32 either way. */
export function brought(
  volume: Volume,
  spatialSize: number | readonly number[] | undefined,
  options: ResampleOptions,
): Volume {
  const size = sizeOrOwn(spatialSize, volume.spatialShape);
  if (size.some((n, axis) => n !== volume.spatialShape[axis])) {
    return transformed(volume, neutralParams, size, options);
  }
  return unmoved(volume, options);
}

function read(given: AffineMap, rank: number): [map: Affine, params: object] {
  if ("rotateParams" in given) return [composedMap(given, rank), given];
  return [mapOfRows(given, rank), { matrix: given }]; // "affine" is that of the grid before
}
