import { z } from "zod";
import type { Checked } from "../../src/operator/option-types.ts";
import { type PartsContext, partsOperator } from "../../src/operator/parts-operator.ts";
import { roiSizeSchema } from "../../src/options.ts";
import { type Margins, type PadMode, padVolume } from "../../src/volume/pad-volume.ts";
import { placeCount, places, type WindowMeta, windowStarts } from "../../src/volume/patch-grid.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** Options of {@link slidingWindow}. */
export interface SlidingWindowOptions {
  /** Size of a window in voxels: one number for all axes, or one per axis; -1 or 0 is the image's size. */
  readonly roiSize: number | readonly number[];
  /** Share of a window that the next one covers again, from 0 up to, but not including, 1. Default 0.25. */
  readonly overlap?: number;
  /**
   * How voxels count where windows overlap, when {@link stitch} puts them together: all alike, or those in the middle more. Default
   * `"constant"`.
   */
  readonly mode?: "constant" | "gaussian";
  /** Standard deviation of that Gaussian as a share of the window's size. Default 0.125. */
  readonly sigmaScale?: number;
  /** What is put around images smaller than a window. Default `"constant"`. */
  readonly paddingMode?: PadMode;
  /** The value for `paddingMode: "constant"`. Default 0. */
  readonly cval?: number;
}

const options = {
  roiSize: roiSizeSchema,
  overlap: z.number().min(0).lt(1).default(0.25),
  mode: z.enum(["constant", "gaussian"]).default("constant"),
  sigmaScale: z.number().positive().default(0.125),
  paddingMode: z.enum(["constant", "edge", "reflect"]).default("constant"),
  cval: z.number().default(0),
};

/**
 * Cuts images into overlapping windows of one size, an item each, so that a network can look at a large image piece by piece;
 * {@link stitch} puts the predictions together. Images smaller than a window are padded on both sides, the odd voxel at the end; the last
 * window of each axis is moved back inside. All fields of an item are cut alike and must agree in shape. Views of the (padded) image;
 * the affine follows. Each volume says in `meta.window` which window it is, of how many, and what the image was, and in
 * `meta.patchIndex` its number, from 0. The number of windows follows from the image, so an indexed dataset does not stay one.
 * Deterministic (MONAI: `sliding_window_inference`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_SHAPE_MISMATCH` when fields of an item differ in shape, or are mirrored
 * beyond their size; `VOXRX_TOO_LARGE` for padding beyond 2^30 samples
 * @example
 * ```ts
 * import type { Dataset, Volume } from "voxrx";
 * import { mapAsync, slidingWindow, stitch } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * declare function predict(image: Volume): Promise<Volume>;
 * scans.pipe(
 *   slidingWindow({ keys: "image", roiSize: [96, 96, 96], mode: "gaussian" }),
 *   mapAsync(async ({ image }) => ({ image, pred: await predict(image) })),
 *   stitch({ keys: "pred", of: "image" }),
 * );
 * ```
 */
export const slidingWindow = partsOperator<SlidingWindowOptions, false>()({
  name: "slidingWindow",
  version: 1,
  options,
  parts: windowsOf,
});

type Settings = Checked<typeof options>;

function* windowsOf(
  volumes: readonly Volume[],
  options: Settings,
  { key }: PartsContext,
): Generator<readonly Volume[]> {
  const { overlap, mode, sigmaScale, paddingMode, cval } = options;
  const shape = commonShape(volumes);
  const roiSize = shape.map((n, axis) => {
    const asked = typeof options.roiSize === "number" ? options.roiSize : (options.roiSize[axis] ?? -1);
    return asked > 0 ? asked : n;
  });
  const lacking = shape.map((n, axis) => Math.max((roiSize[axis] ?? n) - n, 0));
  const before = lacking.map((n) => Math.floor(n / 2));
  const margins: Margins = { before, after: lacking.map((n, axis) => n - (before[axis] ?? 0)) };
  const padded = volumes.map((volume) => padVolume(volume, margins, paddingMode, cval));
  const paddedShape = shape.map((n, axis) => n + (lacking[axis] ?? 0));
  const starts = windowStarts(paddedShape, roiSize, overlap);
  const count = placeCount(starts);
  const of = { item: key, count, roiSize, paddedShape, padding: before, shape, mode, sigmaScale };
  let index = 0;
  for (const start of places(starts)) {
    const end = start.map((from, axis) => from + (roiSize[axis] ?? 0));
    const place = { ...of, index, start };
    index++;
    yield padded.map((whole, n) => whole.crop(start, end).withMeta({ window: placed(place, volumes[n] ?? whole) }));
  }
}

function placed(
  place: Omit<WindowMeta, "affine" | "patchIndex">,
  { affine, meta: { patchIndex } }: Volume,
): WindowMeta {
  return { ...place, affine: Array.from(affine), ...(typeof patchIndex === "number" ? { patchIndex } : {}) };
}
