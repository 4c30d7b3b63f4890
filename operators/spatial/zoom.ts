import * as v from "valibot";
import { numberSchema, perField, valueFor } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { marginsTo, type PadMode, padVolume } from "../../src/volume/pad-volume.ts";
import { perAxis } from "../../src/volume/per-axis.ts";
import { centerRegion } from "../../src/volume/region.ts";
import { type ResizeMode, resized } from "../../src/volume/resize-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { alignsLinearModes, resizeModeSchema, usesArea } from "./shared/resize-mode.ts";

/** Options of {@link zoom}, without the factor. */
export interface ZoomingOptions {
  /** How to compute values, as in {@link resize}; one for all keys or one for each. Default `"area"`. */
  readonly mode?: ResizeMode | readonly ResizeMode[];
  /**
   * How to pad an image that became smaller; one for all keys or one for each. Default `"edge"`: repeat the nearest
   * voxel.
   */
  readonly paddingMode?: PadMode | readonly PadMode[];
  /** As in {@link resize}. Default false. */
  readonly alignCorners?: boolean;
  /** Crop or pad the result around its center to the original size. Default true. */
  readonly keepSize?: boolean;
}

/** Options of {@link zoom}. */
export interface ZoomOptions extends ZoomingOptions {
  /** Factor by which the content becomes larger: one number, or one per axis. */
  readonly zoom: number | readonly number[];
}

/** Checks of {@link ZoomingOptions}. */
export const zoomingShape = {
  mode: v.optional(perField(resizeModeSchema), "area"),
  paddingMode: v.optional(perField(v.picklist(["constant", "edge", "reflect"])), "edge"),
  alignCorners: v.optional(v.boolean(), false),
  keepSize: v.optional(v.boolean(), true),
};

/** Checks zoom factors: one, or one per axis. */
export const factorSchema = v.union([
  v.pipe(numberSchema, v.gtValue(0)),
  v.pipe(v.array(v.pipe(numberSchema, v.gtValue(0))), v.minLength(1), v.maxLength(3)),
]);

/**
 * Makes the content of images larger or smaller. An axis of n voxels is resampled to floor(n * zoom) voxels, at least
 * 1, then cropped or padded around its center to n again (not with `keepSize: false`). The affine is updated, so that
 * the content keeps its place in the world. Nearest modes keep the element type, others return float32. Deterministic
 * (MONAI: `Zoom`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also when the number of factors does not match an image's axes
 * @throws PipelineError `VOXRX_TOO_LARGE` beyond 2^30 samples, `VOXRX_SHAPE_MISMATCH` when padding would mirror more
 *   voxels than the image has
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
  version: 2,
  retains: false,
  geometric: isGeometric,
  options: { zoom: factorSchema, ...zoomingShape },
  rules: [alignsLinearModes],
  each: (volume, options, field) => zoomed(volume, options.zoom, zoomingFor(options, field)),
});

type Checked = v.InferOutput<v.StrictObjectSchema<typeof zoomingShape, undefined>>;

/** Whether `lazy` can merge it with adjacent transforms. */
export function isGeometric({ mode, paddingMode }: Pick<Checked, "mode" | "paddingMode">): boolean {
  return !usesArea(mode) && ![paddingMode].flat().includes("reflect");
}

/** The options for one field of an item. */
export interface Zooming {
  readonly mode: ResizeMode;
  readonly paddingMode: PadMode;
  readonly alignCorners: boolean;
  readonly keepSize: boolean;
}

/** The options for the n-th field of an item. */
export function zoomingFor({ mode, paddingMode, alignCorners, keepSize }: Checked, field: number): Zooming {
  return { mode: valueFor(mode, field), paddingMode: valueFor(paddingMode, field), alignCorners, keepSize };
}

/** Returns the image zoomed by one factor, or one per axis, recorded in `meta.applied`. */
export function zoomed(volume: Volume, zoom: number | readonly number[], options: Zooming): Volume {
  const shape = volume.spatialShape;
  const factors = perAxis("zoom", zoom, shape);
  const size = shape.map((n, axis) => Math.max(1, Math.floor(n * (factors[axis] ?? 1))));
  // With keepSize, only the part that is kept is computed.
  const region = options.keepSize ? centerRegion(shape, size) : undefined;
  const middle = resized(volume, size, options, region);
  const result = options.keepSize
    ? padVolume(middle, marginsTo(middle.spatialShape, shape, "symmetric"), options.paddingMode, 0)
    : middle;
  return withApplied(result, "zoom", volume, { zoom: factors, ...options });
}
