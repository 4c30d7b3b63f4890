import { z } from "zod";
import type { Operator } from "../../src/dataset/dataset.ts";
import type { FieldOptions, ItemOf } from "../../src/dataset/fields.ts";
import { checkOptions, countSchema, fieldShape } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type PadMode, padVolume } from "../../src/volume/pad.ts";
import { allocate } from "../../src/volume/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { roiSizeSchema } from "../crop/center-spatial-crop.ts";
import { commonShape } from "../crop/rand-spatial-crop.ts";
import { patchFan } from "./patch-fan.ts";

/** Options of {@link gridPatch}. */
export interface GridPatchOptions<K extends string = never> extends FieldOptions<K> {
  /** Size of a patch in voxels: one number for all axes, or one per axis; -1 keeps an axis whole. */
  readonly patchSize: number | readonly number[];
  /** First voxel of the first patch on each axis. Default 0. */
  readonly startPos?: readonly number[];
  /** Share of a patch that the next one covers again, from 0 up to, but not including, 1. Default 0. */
  readonly overlap?: number;
  /** How patches that reach beyond the image are filled. Default: there are none, only those that fit. */
  readonly padMode?: PadMode;
  /** The value for `padMode: "constant"`, and of patches that fill up `numPatches`. Default 0. */
  readonly value?: number;
  /** Exactly so many patches of each item: the first ones; where there are fewer, patches of `value` follow. Default: all there are. */
  readonly numPatches?: number;
}

/**
 * Cuts images into patches on a grid, an item each, the last axis fastest. All fields of an item are cut alike and must agree in shape. Views of the (padded)
 * image; the affine follows, and `meta.applied` says where each was cut. With `numPatches` an indexed dataset stays indexed. Deterministic (MONAI: `GridPatch`,
 * `GridPatchDataset` with `PatchIter`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape
 * @example
 * ```ts
 * import type { Dataset, Volume } from "voxrx";
 * import { gridPatch } from "voxrx/operators";
 * declare const slides: Dataset<{ image: Volume; label: Volume }>;
 * slides.pipe(gridPatch({ keys: ["image", "label"], patchSize: 64, padMode: "constant" }));
 * ```
 */
export function gridPatch<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: GridPatchOptions<K>,
): Operator<T, T> {
  const checked = checkOptions("gridPatch", schema, options);
  return patchFan<K, T>({
    name: "gridPatch",
    options: checked,
    fields: { ...options },
    ...(checked.numPatches === undefined ? {} : { count: checked.numPatches }),
    patches: (volumes) => patchesOf(volumes, checked),
  });
}

const schema = z.strictObject({
  ...fieldShape,
  patchSize: roiSizeSchema,
  startPos: z.array(z.int().min(0)).max(3).default([]),
  overlap: z.number().min(0).lt(1).default(0),
  padMode: z.enum(["constant", "edge", "reflect"]).optional(),
  value: z.number().default(0),
  numPatches: countSchema.optional(),
});

function* patchesOf(volumes: readonly Volume[], options: z.output<typeof schema>): Generator<readonly Volume[]> {
  const { padMode, value, numPatches } = options;
  const shape = commonShape(volumes);
  const size = shape.map((n, axis) => {
    const asked = typeof options.patchSize === "number" ? options.patchSize : (options.patchSize[axis] ?? -1);
    return asked > 0 ? asked : n;
  });
  const starts = gridStarts(shape, size, options);
  const beyond = shape.map((n, axis) =>
    Math.max(0, ...starts.map((start) => (start[axis] ?? 0) + (size[axis] ?? n) - n)),
  );
  const padded = volumes.map((volume) =>
    padMode === undefined ? volume : padVolume(volume, { before: shape.map(() => 0), after: beyond }, padMode, value),
  );
  for (const start of starts.slice(0, numPatches)) {
    const end = start.map((from, axis) => from + (size[axis] ?? 0));
    yield padded.map((whole, n) =>
      withApplied(whole.crop(start, end), "gridPatch", volumes[n] ?? whole, { start, end }),
    );
  }
  for (let n = starts.length; n < (numPatches ?? 0); n++) yield volumes.map((volume) => filler(volume, size, value));
}

/** The first voxels of all patches, the last axis fastest (MONAI: `iter_patch_position`). */
function gridStarts(
  shape: readonly number[],
  size: readonly number[],
  { startPos, overlap, padMode }: z.output<typeof schema>,
): number[][] {
  const alongAxes = shape.map((n, axis) => {
    const length = size[axis] ?? n;
    const step = Math.max(1, Math.round(length * (1 - overlap)));
    const end = padMode === undefined ? n - length + 1 : n;
    const starts: number[] = [];
    for (let start = startPos[axis] ?? 0; start < end; start += step) starts.push(start);
    return starts;
  });
  return alongAxes.reduce<number[][]>(
    (places, starts) => places.flatMap((place) => starts.map((start) => [...place, start])),
    [[]],
  );
}

function filler(volume: Volume, size: readonly number[], value: number): Volume {
  const shape = [volume.channels, ...size];
  const data = allocate(
    volume.dtype,
    shape.reduce((product, n) => product * n, 1),
  );
  return volume.withSamples({ data: data.fill(value), shape });
}
