/**
 * What a transform declares about its work on volumes, so that it can be fused with others, cut to a region, or done in
 * place.
 */

import type { Dtype } from "../samples.ts";
import type { Region } from "../volume/region.ts";

/** A function of one value. */
export interface ValueFunction {
  /** The value of a voxel of the result, from that of the same voxel. */
  readonly value: (value: number) => number;
  /** Element type of the result. */
  readonly dtype: Dtype;
}

/** What `region` of a volume operator receives besides the box. */
export interface RegionRequest<O, P = unknown> {
  readonly options: O;
  /** What was drawn for the item; undefined for a deterministic transform. */
  readonly params: P;
  /** Position of the field among the transform's keys. */
  readonly field: number;
  /** Shape of the input along its spatial axes, in voxels, and its affine, from voxel to RAS+ mm. */
  readonly input: SpatialGrid;
  /** The same of the output. */
  readonly output: SpatialGrid;
}

/** A grid of voxels. */
export interface SpatialGrid {
  readonly shape: readonly number[];
  readonly affine: Float64Array;
}

/** Properties of a transform on volumes. The conformance suite checks each of them. */
export interface VolumeTraits<O, P = unknown> {
  /**
   * The transform as a function of single values: it can be joined with its neighbors and done in place. Undefined for
   * options or element types with which it is not such a function.
   */
  readonly elementwise?:
    | ((options: O, params: P, dtype: Dtype, field: number) => ValueFunction | undefined)
    | undefined;
  /**
   * Whether a result may share memory with the input. Default true; false promises that it never does, and `"always"`
   * that it is a view of it: then no sample is copied.
   */
  readonly aliases?: boolean | "always" | undefined;
  /**
   * Whether the transform, or a function among its options, may keep a volume or samples that it received, returned or
   * made while it worked. Default true; with false the engine uses the memory of all volumes again that no part of the
   * item uses any more.
   */
  readonly retains?: boolean | undefined;
  /**
   * The box of the input that a box of the output is computed from; it may be larger than needed, and is clipped to the
   * input. Undefined: all of the input, which is also the default.
   */
  readonly region?: ((box: Region, request: RegionRequest<O, P>) => Region | undefined) | undefined;
}
