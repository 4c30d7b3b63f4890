import { z } from "zod";
import { PipelineError } from "../../src/errors.ts";
import type { FieldsOf, KeysWith, OnItems } from "../../src/operator/field-types.ts";
import type { Checked } from "../../src/operator/option-types.ts";
import { partsOperator } from "../../src/operator/parts-operator.ts";
import { countSchema, roiSizeSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type PadMode, padVolume } from "../../src/volume/pad-volume.ts";
import { placeCount, places } from "../../src/volume/patch-grid.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link gridPatch}. */
export interface GridPatchOptions<N extends number = number> {
  /** Size of a patch in voxels: one number for all axes, or one per axis; -1 or 0 keeps an axis whole. */
  readonly patchSize: number | readonly number[];
  /** First voxel of the first patch on each axis. Default 0. */
  readonly startPos?: readonly number[];
  /** Share of a patch that the next one covers again, from 0 up to, but not including, 1. Default 0. */
  readonly overlap?: number;
  /**
   * How patches that reach beyond the image are filled. Default: there are none, only those that fit; an axis shorter than a patch is
   * kept whole.
   */
  readonly padMode?: PadMode;
  /** The value for `padMode: "constant"`, and of patches that fill up `numPatches`. Default 0. */
  readonly value?: number;
  /**
   * Exactly so many patches of each item: the first ones; where there are fewer, patches that hold nothing but `value` follow. Default:
   * all there are.
   */
  readonly numPatches?: N;
}

/** The factory of {@link gridPatch}: an indexed dataset stays indexed if the number of patches is given. */
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
  startPos: z.array(z.int().min(0)).max(3).default([]),
  overlap: z.number().min(0).lt(1).default(0),
  padMode: z.enum(["constant", "edge", "reflect"]).optional(),
  value: z.number().default(0),
  numPatches: countSchema.optional(),
};

/**
 * Cuts images into patches on a grid, an item each, the last axis fastest. All fields of an item are cut alike and must agree in shape.
 * Views of the (padded) image; the affine follows; an element type that cannot hold `value` becomes float32 where it is put in. Volumes
 * say in `meta.patchIndex` which patch they are, from 0, and in `meta.location` their first voxel in the image (null for those that fill
 * up `numPatches`). With `numPatches` an indexed dataset stays indexed. Deterministic (MONAI: `GridPatch`, `GridPatchDataset` with
 * `PatchIter`; a step is the patch's size times 1 - overlap, halves to the even number, at least 1).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape, or are mirrored
 * beyond their size, or when no patch fits; `VOXRX_TOO_LARGE` for padding beyond 2^30 samples
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
  options,
  count: ({ numPatches }) => numPatches,
  parts: patchesOf,
});

type Settings = Checked<typeof options>;

function* patchesOf(volumes: readonly Volume[], options: Settings): Generator<readonly Volume[]> {
  const { padMode, value, numPatches = Number.POSITIVE_INFINITY } = options;
  const shape = commonShape(volumes);
  const size = shape.map((n, axis) => {
    const asked = typeof options.patchSize === "number" ? options.patchSize : (options.patchSize[axis] ?? -1);
    if (asked <= 0) return n;
    return padMode === undefined ? Math.min(asked, n) : asked;
  });
  const starts = gridStarts(shape, size, options);
  const found = placeCount(starts);
  if (found === 0) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `no patch of [${size}] from [${options.startPos}] on fits into an image of [${shape}]`,
      { remedy: "Begin inside the image with startPos, or give a padMode." },
    );
  }
  const after = shape.map((n, axis) => Math.max(0, (starts[axis]?.at(-1) ?? 0) + (size[axis] ?? n) - n));
  const padded = volumes.map((volume) =>
    padMode === undefined ? volume : padVolume(volume, { before: shape.map(() => 0), after }, padMode, value),
  );
  let patchIndex = 0;
  for (const start of places(starts)) {
    if (patchIndex++ >= numPatches) return;
    const end = start.map((from, axis) => from + (size[axis] ?? 0));
    const cut = (whole: Volume) => whole.crop(start, end).withMeta({ location: start });
    yield padded.map((whole, n) => withApplied(cut(whole), "gridPatch", volumes[n] ?? whole, { start, end }));
  }
  if (options.numPatches === undefined) return;
  const fillers = found < numPatches ? volumes.map((volume) => filler(volume, size, value)) : [];
  for (let n = found; n < numPatches; n++) yield fillers;
}

/** The first voxels of patches along each axis (MONAI: `iter_patch_position`). */
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
  const nowhere = size.map(() => 0);
  const nothing = volume.crop(nowhere, nowhere);
  return padVolume(nothing, { before: nowhere, after: size }, "constant", value).withMeta({ location: null });
}
