import * as v from "valibot";
import type { Checked } from "../../src/operator/option-types.ts";
import type { PartsContext } from "../../src/operator/parts-operator.ts";
import { numberSchema, roiSizeSchema } from "../../src/options.ts";
import { type Margins, type PadMode, padVolume } from "../../src/volume/pad-volume.ts";
import { gridPositionCount, gridPositions, type PatchMeta, patchStarts } from "../../src/volume/patch-grid.ts";
import { requestedSize } from "../../src/volume/requested-size.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { partsOperator } from "../declare.ts";

/** Options of {@link slidingWindow}. */
export interface SlidingWindowOptions {
  /** Size of a patch in voxels: one number for all axes, or one per axis; 0, -1 or null is the image's size. */
  readonly roiSize: number | readonly (number | null)[];
  /** Share of a patch that the next one overlaps, from 0 up to, but not including, 1. Default 0.25. */
  readonly overlap?: number;
  /**
   * Weight of voxels where patches overlap, when {@link stitch} combines them: equal, or higher in the center of a
   * patch. Default `"constant"`.
   */
  readonly mode?: "constant" | "gaussian";
  /** Standard deviation of the Gaussian, as a share of the patch size. Default 0.125. */
  readonly sigmaScale?: number;
  /** How to pad images that are smaller than a patch. Default `"constant"`. */
  readonly paddingMode?: PadMode;
  /** Value for `paddingMode: "constant"`. Default 0. */
  readonly cval?: number;
}

const options = {
  roiSize: roiSizeSchema,
  overlap: v.optional(v.pipe(numberSchema, v.minValue(0), v.ltValue(1)), 0.25),
  mode: v.optional(v.picklist(["constant", "gaussian"]), "constant"),
  sigmaScale: v.optional(v.pipe(numberSchema, v.gtValue(0)), 0.125),
  paddingMode: v.optional(v.picklist(["constant", "edge", "reflect"]), "constant"),
  cval: v.optional(numberSchema, 0),
};

/**
 * Cuts images into overlapping patches of one size, each a separate item, so that a network can process a large image
 * piece by piece; {@link stitch} combines the predictions. Images smaller than a patch are padded on both sides, with
 * an odd voxel at the end; the last patch of each axis is moved back inside. All fields of an item are cut alike and
 * must have the same shape. Patches are views of the (padded) image, with the affine updated. `meta.patch` of each
 * volume says which patch it is, of how many, and what the image was; `meta.patchIndex` is its number, from 0. The
 * number of patches depends on the image, so an indexed dataset becomes a stream. Deterministic (MONAI:
 * `sliding_window_inference`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape,
 * or when `"reflect"` needs more voxels than the image has; `VOXRX_TOO_LARGE` for padding beyond 2^30 samples
 * @example
 * ```ts
 * import type { Dataset, Volume } from "voxrx";
 * import { mapAsync, slidingWindow, stitch } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * declare function predict(image: Volume): Promise<Volume>;
 * scans.pipe(
 *   slidingWindow({ keys: "image", roiSize: [96, 96, 96], mode: "gaussian" }),
 *   mapAsync(async ({ image }) => ({ image, pred: await predict(image) })),
 *   stitch({ keys: "pred", origKey: "image" }),
 * );
 * ```
 */
export const slidingWindow = partsOperator<SlidingWindowOptions, false>()({
  name: "slidingWindow",
  version: 1,
  retains: false,
  options,
  parts: patchesOf,
});

type Settings = Checked<typeof options>;

function* patchesOf(volumes: readonly Volume[], options: Settings, { id }: PartsContext): Generator<readonly Volume[]> {
  const { overlap, mode, sigmaScale, paddingMode, cval } = options;
  const shape = commonShape(volumes);
  const roiSize = requestedSize(options.roiSize, shape);
  const missing = shape.map((n, axis) => Math.max((roiSize[axis] ?? n) - n, 0));
  const before = missing.map((n) => Math.floor(n / 2));
  const margins: Margins = { before, after: missing.map((n, axis) => n - (before[axis] ?? 0)) };
  const padded = volumes.map((volume) => padVolume(volume, margins, paddingMode, cval));
  const paddedShape = shape.map((n, axis) => n + (missing[axis] ?? 0));
  const starts = patchStarts(paddedShape, roiSize, overlap);
  const count = gridPositionCount(starts);
  const common = { item: id, count, roiSize, paddedShape, padding: before, shape, mode, sigmaScale };
  let index = 0;
  for (const start of gridPositions(starts)) {
    const end = start.map((from, axis) => from + (roiSize[axis] ?? 0));
    const patch = { ...common, index, start };
    index++;
    yield padded.map((whole, n) => whole.crop(start, end).withMeta({ patch: patchMeta(patch, volumes[n] ?? whole) }));
  }
}

function patchMeta(
  patch: Omit<PatchMeta, "affine" | "patchIndex">,
  { affine, meta: { patchIndex } }: Volume,
): PatchMeta {
  return { ...patch, affine: Array.from(affine), ...(typeof patchIndex === "number" ? { patchIndex } : {}) };
}
