import * as v from "valibot";
import { PipelineError } from "../../src/errors.ts";
import { volumeOf } from "../../src/operator/fields.ts";
import { integerSchema, nonEmptySchema, numberSchema } from "../../src/options.ts";
import { withApplied } from "../../src/volume/applied.ts";
import { foregroundBox } from "../../src/volume/foreground-box.ts";
import { padVolume } from "../../src/volume/pad-volume.ts";
import type { Region } from "../../src/volume/region.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";
import { positiveOrOne } from "./shared/positive-or-one.ts";

/** Options of {@link cropForeground}. */
export interface CropForegroundOptions {
  /** Field whose foreground decides the box. Default: the first of `keys`. */
  readonly sourceKey?: string;
  /** Values above this are foreground. Default 0. */
  readonly threshold?: number;
  /** Channels to search for foreground; a voxel counts if it is foreground in any of them. Default: all. */
  readonly channelIndices?: number | readonly number[];
  /** Voxels to add around the foreground: one number for all axes, or one per axis. Default 0. */
  readonly margin?: number | readonly number[];
  /** Whether margins end at the edges of the image. Default false: a box that reaches beyond them is padded with 0. */
  readonly allowSmaller?: boolean;
  /** Enlarge the box until its sizes are multiples of this: one number, or one per axis; 0, -1 or null
   * is 1. Default 1. */
  readonly kDivisible?: number | readonly (number | null)[];
}

const fromZero = v.pipe(integerSchema, v.minValue(0));

/**
 * Crops images to the bounding box of their foreground. All fields of an item are cropped to the box of the source
 * field and must have the same shape. The affine is updated, so voxels keep their world coordinates. A view, unless
 * padding is needed. Deterministic (MONAI: `CropForeground`, with `select_fn=lambda x: x > threshold`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when fields differ in shape, or when there is no foreground (MONAI
 * returns an empty image)
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { cropForeground } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(cropForeground({ keys: ["image", "label"], sourceKey: "image", margin: 4 }));
 * ```
 */
export const cropForeground = volumeOperator<CropForegroundOptions>()({
  name: "cropForeground",
  version: 1,
  retains: false,
  keyOptions: ["sourceKey"],
  options: {
    sourceKey: v.optional(nonEmptySchema),
    threshold: v.optional(numberSchema, 0),
    channelIndices: v.optional(v.union([fromZero, v.pipe(v.array(fromZero), v.minLength(1))])),
    margin: v.optional(v.union([fromZero, v.pipe(v.array(fromZero), v.minLength(1), v.maxLength(3))]), 0),
    allowSmaller: v.optional(v.boolean(), false),
    kDivisible: v.optional(positiveOrOne(integerSchema), 1),
  },
  all: (volumes, options, { item }) => {
    const source = options.sourceKey === undefined ? volumes[0] : volumeOf(item, options.sourceKey);
    if (!source) return volumes;
    commonShape([source, ...volumes]);
    const box = boxOf(source, options);
    return volumes.map((volume) => boxed(volume, box));
  },
});

interface BoxOptions {
  readonly threshold: number;
  readonly channelIndices?: number | readonly number[] | undefined;
  readonly margin: number | readonly number[];
  readonly allowSmaller: boolean;
  readonly kDivisible: number | readonly number[];
}

function boxOf(source: Volume, { threshold, channelIndices, margin, allowSmaller, kDivisible }: BoxOptions): Region {
  const channels = channelIndices === undefined ? [...Array(source.channels).keys()] : [channelIndices].flat();
  const found = foregroundBox(source, threshold, channels);
  if (!found) {
    throw new PipelineError("VOXRX_SHAPE_MISMATCH", `no value is above ${threshold}: there is no foreground`, {
      remedy: "Lower threshold, or skip such items with onError or filter.",
    });
  }
  const alongAxis = (given: number | readonly number[], axis: number) =>
    typeof given === "number" ? given : (given[axis] ?? given.at(-1) ?? 0);
  const bounded = source.spatialShape.map((n, axis) => {
    const start = (found.start[axis] ?? 0) - alongAxis(margin, axis);
    const end = (found.end[axis] ?? n) + alongAxis(margin, axis);
    const [from, to] = allowSmaller ? [Math.max(start, 0), Math.min(end, n)] : [start, end];
    const k = alongAxis(kDivisible, axis);
    const size = Math.ceil((to - from) / k) * k;
    const first = from - Math.floor((size - (to - from)) / 2);
    return [first, first + size] as const;
  });
  return { start: bounded.map(([start]) => start), end: bounded.map(([, end]) => end) };
}

function boxed(volume: Volume, { start, end }: Region): Volume {
  const inside = volume.crop(
    start.map((from) => Math.max(from, 0)),
    end.map((to, axis) => Math.min(to, volume.spatialShape[axis] ?? to)),
  );
  const before = start.map((from) => Math.max(-from, 0));
  const after = end.map((to, axis) => Math.max(to - (volume.spatialShape[axis] ?? to), 0));
  return withApplied(padVolume(inside, { before, after }, "constant", 0), "cropForeground", volume, { start, end });
}
