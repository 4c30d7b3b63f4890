/** Voxels that are added around images. */
import { z } from "zod";
import { withApplied } from "../../../src/volume/applied.ts";
import { type Margins, type PadMode, padVolume } from "../../../src/volume/pad-volume.ts";
import type { Region } from "../../../src/volume/region.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** How padding is made. */
export interface PadOptions {
  /** Where padding goes: on both sides, the odd voxel at the end, or all at the end. Default `"symmetric"`. */
  readonly method?: "symmetric" | "end";
  /**
   * What padding holds: `value`, the nearest voxel, or the image mirrored at its outermost voxels. Default
   * `"constant"`.
   */
  readonly mode?: PadMode;
  /** Value of constant padding. Default 0. */
  readonly value?: number;
}

/** Checks what padding holds. */
export const fillShape = {
  mode: z.enum(["constant", "edge", "reflect"]).default("constant"),
  value: z.number().default(0),
};

/** Checks of {@link PadOptions}. */
export const padShape = { method: z.enum(["symmetric", "end"]).default("symmetric"), ...fillShape };

/** What padding holds. */
export type Fill = z.output<z.ZodObject<typeof fillShape>>;

/** Whether padding is one that resampling knows too: zeros or the nearest voxel. */
export function isPlainPadding({ mode, value }: Fill): boolean {
  return mode === "edge" || (mode === "constant" && value === 0);
}

/** The voxels that an image lacks of a size. */
export function marginsTo(
  shape: readonly number[],
  size: number | readonly number[],
  method: "symmetric" | "end",
): Margins {
  const lacking = shape.map((n, axis) => {
    const asked = typeof size === "number" ? size : (size[axis] ?? -1);
    return Math.max(asked - n, 0);
  });
  const before = lacking.map((n) => (method === "symmetric" ? Math.floor(n / 2) : 0));
  return { before, after: lacking.map((n, axis) => n - (before[axis] ?? 0)) };
}

/** The image with voxels added around it by `operator`, noted on it. */
export function padded(volume: Volume, margins: Margins, { mode, value }: Fill, operator: string): Volume {
  return withApplied(padVolume(volume, margins, mode, value), operator, volume, { ...margins });
}

/** The box of the image that a box of the padded one is made of; at least one voxel, even if it is all padding. */
export function boxBeforePadding(box: Region, { before }: Margins, { mode }: Fill, shape: readonly number[]): Region {
  const ends = shape.map((n, axis): readonly [start: number, end: number] => {
    const margin = before[axis] ?? 0;
    const first = (box.start[axis] ?? 0) - margin;
    const last = (box.end[axis] ?? 0) - margin - 1;
    const [a, b] = [voxelFor(first, n, mode), voxelFor(last, n, mode)];
    const reachesStart = first <= 0 && last >= 0;
    const reachesEnd = first < n && last >= n - 1;
    return [reachesStart ? 0 : Math.min(a, b), reachesEnd ? n : Math.max(a, b) + 1];
  });
  return { start: ends.map(([start]) => start), end: ends.map(([, end]) => end) };
}

/** The voxel that a place along an axis takes its value from, as far as it takes one. */
function voxelFor(place: number, n: number, mode: PadMode): number {
  const mirrored = mode !== "reflect" ? place : place < 0 ? -place : place >= n ? 2 * (n - 1) - place : place;
  return Math.min(Math.max(mirrored, 0), n - 1);
}
