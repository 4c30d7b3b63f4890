/** What a volume is made from, and the memory that it has. */
import type { TypedArray } from "../samples.ts";
import type { AffineLike } from "./affine-matrix.ts";
import type { VolumeMeta } from "./meta.ts";
import type { Placement } from "./strides.ts";

/** Options of the {@link Volume} constructor. */
export interface VolumeInit extends Placement {
  /** Voxel index to RAS+ mm, 16 numbers, row-major. Default: identity. */
  readonly affine?: AffineLike;
  /** Other facts about the image. Default: none. */
  readonly meta?: VolumeMeta;
}

/** Memory of a volume. */
export interface Storage {
  readonly array: TypedArray;
  /** Whether more than one volume may use it. */
  shared: boolean;
  /** Whether someone may write to it, at any time from now on. */
  writable: boolean;
}
