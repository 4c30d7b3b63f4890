import { z } from "zod";
import { OptionError } from "../../src/errors.ts";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { perField, valueFor } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { type PadMode, padVolume } from "../../src/volume/pad-volume.ts";
import { centreRegion } from "../../src/volume/region.ts";
import { type ResizeMode, resized } from "../../src/volume/resize-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { marginsTo } from "../crop/shared/margins.ts";
import { alignsLinearModes, resizeModeSchema, usesArea } from "./shared/resize-mode.ts";

/** How {@link zoom} makes its result. */
export interface ZoomingOptions {
  /** Where values come from, as in {@link resize}; one for all keys or one for each. Default `"area"`. */
  readonly mode?: ResizeMode | readonly ResizeMode[];
  /**
   * What is put around an image that became smaller; one for all keys or one for each. Default `"edge"`: its nearest
   * voxel.
   */
  readonly paddingMode?: PadMode | readonly PadMode[];
  /** As in {@link resize}. Default false. */
  readonly alignCorners?: boolean;
  /** Cut or pad the result around its middle to the size before. Default true. */
  readonly keepSize?: boolean;
}

/** Options of {@link zoom}. */
export interface ZoomOptions extends ZoomingOptions {
  /** Factor by which what is seen becomes larger: one number, or one per axis. */
  readonly zoom: number | readonly number[];
}

/** Checks of {@link ZoomingOptions}. */
export const zoomingShape = {
  mode: perField(resizeModeSchema).default("area"),
  paddingMode: perField(z.enum(["constant", "edge", "reflect"])).default("edge"),
  alignCorners: z.boolean().default(false),
  keepSize: z.boolean().default(true),
};

/** Checks factors: one, or one per axis. */
export const factorSchema = z.union([z.number().positive(), z.array(z.number().positive()).min(1).max(3)]);

/**
 * Makes what is seen larger or smaller. An axis of n voxels is resampled to floor(n zoom), at least 1, then the middle
 * is cut out or padded to n again, or left so with `keepSize: false`. The affine follows, so that what is seen keeps
 * its place in the world. Nearest modes keep the element type, others give float32. Deterministic (MONAI: `Zoom`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a number of factors that is not that of an image's axes
 * @throws PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples, `VOXRX_SHAPE_MISMATCH` to mirror more than there is
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { zoom } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(zoom({ keys: ["image", "label"], zoom: 1.2, mode: ["trilinear", "nearest-exact"] }));
 * ```
 */
export const zoom = volumeOperator<ZoomOptions>()({
  name: "zoom",
  version: 1,
  geometric: isGeometric,
  options: { zoom: factorSchema, ...zoomingShape },
  rules: [alignsLinearModes],
  each: (volume, options, field) => zoomed(volume, options.zoom, zoomingFor(options, field)),
});

type Checked = z.output<z.ZodObject<typeof zoomingShape>>;

/** Whether `lazy` can join it to its neighbours. */
export function isGeometric({ mode, paddingMode }: Pick<Checked, "mode" | "paddingMode">): boolean {
  return !usesArea(mode) && ![paddingMode].flat().includes("reflect");
}

/** What is asked for one field of an item. */
export interface Zooming {
  readonly mode: ResizeMode;
  readonly paddingMode: PadMode;
  readonly alignCorners: boolean;
  readonly keepSize: boolean;
}

/** What is asked for the n-th field of an item. */
export function zoomingFor({ mode, paddingMode, alignCorners, keepSize }: Checked, field: number): Zooming {
  return { mode: valueFor(mode, field), paddingMode: valueFor(paddingMode, field), alignCorners, keepSize };
}

/** The image zoomed by a factor, or one per axis, noted on it. */
export function zoomed(volume: Volume, zoom: number | readonly number[], options: Zooming): Volume {
  const shape = volume.spatialShape;
  const factors = typeof zoom === "number" ? shape.map(() => zoom) : zoom;
  if (factors.length !== shape.length) {
    throw new OptionError(
      "VOXRX_BAD_OPTION",
      `zoom has ${factors.length} numbers for an image of ${shape.length} axes`,
      { remedy: "Give one factor for all axes, or one per axis." },
    );
  }
  const size = shape.map((n, axis) => Math.max(1, Math.floor(n * (factors[axis] ?? 1))));
  // Only the middle that is kept is computed.
  const region = options.keepSize ? centreRegion(shape, size) : undefined;
  const middle = resized(volume, size, options, region);
  const result = options.keepSize
    ? padVolume(middle, marginsTo(middle.spatialShape, shape, "symmetric"), options.paddingMode, 0)
    : middle;
  return withApplied(result, "zoom", volume, { zoom: factors, ...options });
}
