/** What a transform says of its work on volumes, so that it can be fused with others, cut to a region, or done in place. */

import type { Dtype } from "../samples.ts";
import type { Region } from "../volume/region.ts";

/** A function of one value. */
export interface ValueFunction {
  /** The value of a voxel of the result, from that of the same voxel. */
  readonly value: (value: number) => number;
  /** Element type of the result. */
  readonly dtype: Dtype;
}

/** What a region is asked for. */
export interface RegionRequest<O, P = unknown> {
  readonly options: O;
  /** What was drawn for the item; undefined for a deterministic transform. */
  readonly params: P;
  /** Position of the field among the transform's keys. */
  readonly field: number;
  /** Sizes of the input along its spatial axes, in voxels, and its affine, voxel to RAS+ mm. */
  readonly input: SpatialGrid;
  /** The same of the output. */
  readonly output: SpatialGrid;
}

/** A grid of voxels. */
export interface SpatialGrid {
  readonly shape: readonly number[];
  readonly affine: Float64Array;
}

/** See the fields. Each is checked by the conformance suite. */
export interface VolumeTraits<O, P = unknown> {
  /**
   * The transform as a function of single values: it may be joined with its neighbours and be done in place. Undefined for
   * options or element types with which it is not one.
   */
  readonly elementwise?:
    | ((options: O, params: P, dtype: Dtype, field: number) => ValueFunction | undefined)
    | undefined;
  /** Whether a result may share memory with the input. Default true; false is a promise. */
  readonly aliases?: boolean | undefined;
  /**
   * The box of the input that a box of the output is made of; it may be larger than needed, and is cut to the input. Undefined: all
   * of the input, which is also the default.
   */
  readonly region?: ((box: Region, request: RegionRequest<O, P>) => Region | undefined) | undefined;
}
