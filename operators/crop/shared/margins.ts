/** Padding: voxels that are added around images. */
import * as v from "valibot";
import { numberSchema } from "../../../src/options.ts";
import { withApplied } from "../../../src/volume/applied.ts";
import { type Margins, type PadMode, padVolume } from "../../../src/volume/pad-volume.ts";
import type { Region } from "../../../src/volume/region.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** Options of padding. */
export interface PadOptions {
  /** Where to pad: on both sides, with an odd voxel at the end, or only at the end. Default `"symmetric"`. */
  readonly method?: "symmetric" | "end";
  /**
   * Content of the padding: `"constant"` (`value`), `"edge"` (the nearest voxel) or `"reflect"` (the image mirrored at
   * its outermost voxels). Default `"constant"`.
   */
  readonly mode?: PadMode;
  /** Value for mode `"constant"`. Default 0. */
  readonly value?: number;
}

/** Checks the content of padding. */
export const fillShape = {
  mode: v.optional(v.picklist(["constant", "edge", "reflect"]), "constant"),
  value: v.optional(numberSchema, 0),
};

/** Checks of {@link PadOptions}. */
export const padShape = { method: v.optional(v.picklist(["symmetric", "end"]), "symmetric"), ...fillShape };

/** The content of padding. */
export type Fill = v.InferOutput<v.StrictObjectSchema<typeof fillShape, undefined>>;

/** Whether resampling offers the same padding: zeros or the nearest voxel. */
export function isPlainPadding({ mode, value }: Fill): boolean {
  return mode === "edge" || (mode === "constant" && value === 0);
}

/** Pads an image, and records that in its meta under the name of `operator`. */
export function padded(volume: Volume, margins: Margins, { mode, value }: Fill, operator: string): Volume {
  return withApplied(padVolume(volume, margins, mode, value), operator, volume, { ...margins });
}

/**
 * The box of the image from which a box of the padded image is computed. It has at least one voxel, even if the other
 * box is all padding.
 */
export function boxBeforePadding(box: Region, { before }: Margins, { mode }: Fill, shape: readonly number[]): Region {
  const ends = shape.map((n, axis): readonly [start: number, end: number] => {
    const margin = before[axis] ?? 0;
    const first = (box.start[axis] ?? 0) - margin;
    const last = (box.end[axis] ?? 0) - margin - 1;
    const [a, b] = [sourceVoxel(first, n, mode), sourceVoxel(last, n, mode)];
    const reachesStart = first <= 0 && last >= 0;
    const reachesEnd = first < n && last >= n - 1;
    return [reachesStart ? 0 : Math.min(a, b), reachesEnd ? n : Math.max(a, b) + 1];
  });
  return { start: ends.map(([start]) => start), end: ends.map(([, end]) => end) };
}

/** The voxel along an axis whose value padding copies to a position; always inside the image. */
function sourceVoxel(position: number, n: number, mode: PadMode): number {
  const mirrored =
    mode !== "reflect" ? position : position < 0 ? -position : position >= n ? 2 * (n - 1) - position : position;
  return Math.min(Math.max(mirrored, 0), n - 1);
}
