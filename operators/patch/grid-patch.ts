import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import type { KeysWith } from "../../src/item/record-types.ts";
import type { FieldsOf, OnItems } from "../../src/operator/field-types.ts";
import type { Checked } from "../../src/operator/option-types.ts";
import { countSchema, integerSchema, numberSchema, roiSizeSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type PadMode, padVolume } from "../../src/volume/pad-volume.ts";
import { gridPositionCount, gridPositions } from "../../src/volume/patch-grid.ts";
import { requestedSize } from "../../src/volume/requested-size.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { partsOperator } from "../declare.ts";

/** Options of {@link gridPatch}. */
export interface GridPatchOptions<N extends number = number> {
  /** Size of a patch in voxels: one number for all axes, or one per axis; 0, -1 or null keeps the whole axis. */
  readonly patchSize: number | readonly (number | null)[];
  /** First voxel of the first patch on each axis. Default 0. */
  readonly startPos?: readonly number[];
  /** Share of a patch that the next one overlaps, from 0 up to, but not including, 1. Default 0. */
  readonly overlap?: number;
  /**
   * How to fill patches that reach beyond the image. Default: there are none, only patches that fit; an axis shorter
   * than a patch is kept whole.
   */
  readonly padMode?: PadMode;
  /** Value for `padMode: "constant"`, and of patches that fill up `numPatches`. Default 0. */
  readonly value?: number;
  /**
   * Exact number of patches of each item. If an item has more, the first ones are kept; if it has fewer, patches with
   * nothing but `value` follow. Default: all patches.
   */
  readonly numPatches?: N;
}

/** The factory of {@link gridPatch}: an indexed dataset stays indexed if `numPatches` is given. */
export type GridPatch = <
  T = unknown,
  const K extends KeysWith<T, Volume> = never,
  N extends number = never,
  M extends boolean = false,
>(
  options: GridPatchOptions<N> & FieldsOf<T, K, Volume, M>,
) => OnItems<T, K, [N] extends [never] ? false : true, M>;

const options = {
  patchSize: roiSizeSchema,
  startPos: v.optional(v.pipe(v.array(v.pipe(integerSchema, v.minValue(0))), v.maxLength(3)), []),
  overlap: v.optional(v.pipe(numberSchema, v.minValue(0), v.ltValue(1)), 0),
  padMode: v.optional(v.picklist(["constant", "edge", "reflect"])),
  value: v.optional(numberSchema, 0),
  numPatches: v.optional(countSchema),
};

/**
 * Cuts images into patches on a grid, each a separate item, the last axis fastest. All fields of an item are cut alike
 * and must have the same shape. Patches are views of the (padded) image, with the affine updated; an element type that
 * can't hold `value` becomes float32 where `value` is put in. `meta.patchIndex` is the number of the patch, from 0, and
 * `meta.location` its first voxel in the image (null for patches that fill up `numPatches`). With `numPatches` an
 * indexed dataset stays indexed. Deterministic (MONAI: `GridPatch`, `GridPatchDataset` with `PatchIter`). A step is the
 * patch size times 1 - overlap, rounded half to even, at least 1.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape,
 * when `"reflect"` needs more voxels than the image has, or when no patch fits; `VOXRX_TOO_LARGE` for padding beyond
 * 2^30 samples
 * @example
 * ```ts
 * import type { Dataset, Volume } from "voxrx";
 * import { gridPatch } from "voxrx/operators";
 * declare const slides: Dataset<{ image: Volume; label: Volume }>;
 * slides.pipe(gridPatch({ keys: ["image", "label"], patchSize: 64, padMode: "constant" }));
 * ```
 */
export const gridPatch = partsOperator<GridPatchOptions, false, GridPatch>()({
  name: "gridPatch",
  version: 1,
  retains: false,
  options,
  count: ({ numPatches }) => numPatches,
  parts: patchesOf,
});

type Settings = Checked<typeof options>;

function* patchesOf(volumes: readonly Volume[], options: Settings): Generator<readonly Volume[]> {
  const { padMode, value, numPatches = Number.POSITIVE_INFINITY } = options;
  const shape = commonShape(volumes);
  const size = requestedSize(options.patchSize, shape).map((length, axis) =>
    padMode === undefined ? Math.min(length, shape[axis] ?? length) : length,
  );
  const starts = gridStarts(shape, size, options);
  const count = gridPositionCount(starts);
  if (count === 0) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `no patch of size [${size}] fits into an image of shape [${shape}] from voxel [${options.startPos}] on`,
      { remedy: "Choose a startPos inside the image, or give a padMode." },
    );
  }
  const after = shape.map((n, axis) => Math.max(0, (starts[axis]?.at(-1) ?? 0) + (size[axis] ?? n) - n));
  const padded = volumes.map((volume) =>
    padMode === undefined ? volume : padVolume(volume, { before: shape.map(() => 0), after }, padMode, value),
  );
  let patchIndex = 0;
  for (const start of gridPositions(starts)) {
    if (patchIndex++ >= numPatches) return;
    const end = start.map((from, axis) => from + (size[axis] ?? 0));
    const cut = (whole: Volume) => whole.crop(start, end).withMeta({ location: start });
    yield padded.map((whole, n) => withApplied(cut(whole), "gridPatch", volumes[n] ?? whole, { start, end }));
  }
  if (options.numPatches === undefined) return;
  const fillers = count < numPatches ? volumes.map((volume) => filler(volume, size, value)) : [];
  for (let n = count; n < numPatches; n++) yield fillers;
}

/** The first voxels of the patches along each axis (MONAI: `iter_patch_position`). */
function gridStarts(
  shape: readonly number[],
  size: readonly number[],
  { startPos, overlap, padMode }: Settings,
): number[][] {
  return shape.map((n, axis) => {
    const length = size[axis] ?? n;
    const step = Math.max(1, roundedToEven(length * (1 - overlap)));
    const end = padMode === undefined ? n - length + 1 : n;
    const starts: number[] = [];
    for (let start = startPos[axis] ?? 0; start < end; start += step) starts.push(start);
    return starts;
  });
}

/** Python's `round`. */
function roundedToEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 === 1 ? nearest - 1 : nearest;
}

function filler(volume: Volume, size: readonly number[], value: number): Volume {
  const zeros = size.map(() => 0);
  const empty = volume.crop(zeros, zeros);
  return padVolume(empty, { before: zeros, after: size }, "constant", value).withMeta({ location: null });
}
