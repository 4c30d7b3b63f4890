/** Tiles of the difference between two images on one grid. */
import type { Tile } from "./arrange-tiles.ts";
import { Canvas, type Color } from "./canvas.ts";
import type { ChosenSlice } from "./choose-slices.ts";
import type { LegendEntry } from "./label-colors.ts";
import type { CheckedSlices } from "./show-options.ts";
import { resized, type SliceValues, sliceValues } from "./slice-values.ts";
import type { Layer } from "./subject-tiles.ts";

const more: Color = [255, 165, 30];
const less: Color = [70, 160, 255];

/** The differences, and the value that has the full color. */
export interface Differences {
  readonly tiles: readonly Tile[];
  readonly most: number;
}

/** A tile for each slice, of the size of `like`. Colors reach to the 99.9th percentile of the differences shown. */
export function differenceTiles(
  before: Layer,
  after: Layer,
  slices: readonly ChosenSlice[],
  like: readonly Tile[],
  { interpolation }: CheckedSlices,
): Differences {
  const differences = slices.map((slice) => differenceOf(before, after, slice));
  const most = highestOf(differences);
  const tiles = differences.map((difference, n): Tile => {
    const { width = 1, height = 1, slice = { width, height } } = like[n] ?? {};
    return {
      width,
      height,
      caption: undefined,
      slice,
      draw() {
        const canvas = new Canvas(slice.width, slice.height, [0, 0, 0]);
        const { values } = resized(difference, slice.width, slice.height, interpolation);
        for (let i = 0; i < values.length; i++) {
          const value = values[i] ?? 0;
          const share = most > 0 && Number.isFinite(value) ? Math.min(1, Math.abs(value) / most) : 0;
          canvas.blend(i % slice.width, Math.floor(i / slice.width), value > 0 ? more : less, share);
        }
        const cell = new Canvas(width, height, [0, 0, 0]);
        cell.put(canvas, Math.floor((width - slice.width) / 2), Math.floor((height - slice.height) / 2));
        return cell;
      },
    };
  });
  return { tiles, most };
}

function differenceOf(before: Layer, after: Layer, { view, index }: ChosenSlice): SliceValues {
  const channel = before.image?.channel ?? 0;
  const [first, second] = [before, after].map(({ grid }) => sliceValues(grid, view, index, channel));
  if (!first || !second) return { width: 1, height: 1, values: new Float32Array(1) };
  return { ...first, values: second.values.map((value, n) => value - (first.values[n] ?? 0)) };
}

function highestOf(differences: readonly SliceValues[]): number {
  const sizes = differences.flatMap(({ values }) =>
    Array.from(values, Math.abs).filter((size) => size > 0 && size < 1 / 0),
  );
  sizes.sort((a, b) => a - b);
  return sizes[Math.floor(0.999 * (sizes.length - 1))] ?? 0;
}

/** What the colors of differences mean. */
export function gradientEntries(most: number): LegendEntry[] {
  const size = Number(most.toPrecision(3));
  if (most === 0) return [{ text: "no difference", color: [0, 0, 0] }];
  return [
    { text: `higher after (full color: by ${size} or more)`, color: more },
    { text: "lower after", color: less },
  ];
}
