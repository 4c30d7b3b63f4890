import * as v from "valibot";
import { OptionError } from "../errors.ts";
import { checkOptions } from "../options.ts";
import { applyAffine, invertAffine } from "../volume/affine-matrix.ts";
import { gridDistance } from "../volume/grid.ts";
import type { Volume } from "../volume/volume.ts";
import { arrange, type Block, type Tile } from "./arrange-tiles.ts";
import { chooseSlices } from "./choose-slices.ts";
import { differenceTiles, gradientEntries } from "./difference-tiles.ts";
import { type Figure, pngFigure } from "./figure.ts";
import { findSubjects, type Subject } from "./find-subjects.ts";
import { type GrayRange, grayRange } from "./gray-levels.ts";
import type { LegendEntry } from "./label-colors.ts";
import { type CheckedSlices, checkExclusive, type SliceOptions, sliceEntries } from "./show-options.ts";
import { checkChannel, type Layer, SeenLabels, shownLabels, slicesOf, tilesOf, titleOf } from "./subject-tiles.ts";

/** Options of {@link compare}. */
export interface CompareOptions extends Omit<SliceOptions, "channels"> {
  /** Channel to show, from 0. Default 0. */
  readonly channel?: number;
}

const { channels: _, ...entries } = sliceEntries;
const schema = v.strictObject({
  ...entries,
  channel: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0),
});

/** One image of both sides. */
interface Pair {
  readonly key: string | undefined;
  readonly before: Layer;
  readonly after: Layer;
  /** Whether both have the same voxels at the same places. */
  readonly isSameGrid: boolean;
}

/**
 * Makes a figure of the same slices of two volumes or items: before, after, and, if both have the same grid, the
 * difference after - before. Both have one range of gray levels: from the 1st to the 99th percentile of both, unless
 * `range` is given. In the difference, orange is more than before and blue is less. Images that are on different grids
 * show the slices at the same places in the world, without a difference, and the title says so. Options are those of
 * {@link show}.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also if the items have no image in common
 * @example
 * ```ts
 * import { compare, Dataset, readVolume } from "voxrx";
 * import { gaussianSmooth } from "voxrx/operators";
 * const scan = await readVolume("t1.nii.gz");
 * const smooth = await Dataset.from([scan]).pipe(gaussianSmooth({ sigma: 2 })).at(0);
 * await compare(scan, smooth, { plane: "axial" }).save("smooth.png");
 * ```
 */
export function compare(before: object, after: object, options: CompareOptions = {}): Figure {
  const { channel, ...checked } = checkOptions("compare", schema, options);
  checkExclusive("compare", checked);
  const [first, second] = [onlySubject(before, checked, "before"), onlySubject(after, checked, "after")];
  const seen = new SeenLabels();
  const legend: LegendEntry[] = [];
  const pairs = pairsOf(first, second, channel, checked);
  const hasDifference = pairs.every(({ isSameGrid }) => isSameGrid);
  const blocks = pairs.map((pair): Block => {
    const name = first.name === second.name ? first.name : [first.name, second.name].filter(Boolean).join(", ");
    return {
      title:
        checked.title === false
          ? undefined
          : titleOf([name, pair.key, channelOf(pair)], { ...pair.before, image: undefined }) + gridsOf(pair),
      tiles: tilesOfPair(pair, checked, seen, hasDifference ? legend : undefined),
    };
  });
  const canvas = arrange(blocks, {
    operator: "compare",
    headline: checked.title === false ? undefined : checked.title,
    columns: hasDifference ? 3 : 2,
    legend: () => (checked.title === false ? [] : [...legend, ...seen.entries(checked.names)]),
  });
  return pngFigure(canvas);
}

/** Which channel is compared, where there are several. */
function channelOf({ before: { image } }: Pair): string | undefined {
  const channels = image?.volume.channels ?? 1;
  return channels > 1 ? `channel ${(image?.channel ?? 0) + 1} of ${channels}` : undefined;
}

/** Why there is no difference, where there is none. */
function gridsOf({ isSameGrid }: Pair): string {
  return isSameGrid ? "" : "\u00a0· on different grids: no difference";
}

function onlySubject(input: object, options: CheckedSlices, side: string): Subject {
  const subjects = findSubjects(input, options, "compare");
  const [subject] = subjects;
  if (subject && subjects.length === 1) return subject;
  throw new OptionError("VOXRX_BAD_OPTION", `expected one image or item ${side}, got ${subjects.length}`, {
    operator: "compare",
    remedy: "Compare the items of a batch one by one, as with volumeAt(tensor, n).",
  });
}

function pairsOf(before: Subject, after: Subject, channel: number, options: CheckedSlices): Pair[] {
  const [firstLabels, secondLabels] = [shownLabels(before), shownLabels(after)];
  const areAlone = before.images.length === 1 && after.images.length === 1;
  const pairs = before.images.flatMap(({ key, volume }): Pair[] => {
    const other = areAlone ? after.images[0] : after.images.find((image) => image.key === key);
    if (!other) return [];
    for (const side of [volume, other.volume]) checkChannel(channel, side, "compare");
    const range = options.range ?? bothRange(volume, other.volume, channel);
    return [
      {
        key: before.images.length > 1 ? key : undefined,
        before: { grid: volume, image: { volume, channel, range }, labels: firstLabels },
        after: { grid: other.volume, image: { volume: other.volume, channel, range }, labels: secondLabels },
        isSameGrid: sameGrid(volume, other.volume),
      },
    ];
  });
  if (pairs.length > 0) return pairs;
  throw new OptionError("VOXRX_BAD_OPTION", "the two items have no image under the same key", {
    operator: "compare",
    remedy: "Pass the volumes themselves, or name the images with keys.",
  });
}

function bothRange(before: Volume, after: Volume, channel: number): GrayRange {
  const ends = [...grayRange(before, channel), ...grayRange(after, channel)].filter((end) => !Number.isNaN(end));
  return ends.length > 0 ? [Math.min(...ends), Math.max(...ends)] : [0, 0];
}

function tilesOfPair(pair: Pair, options: CheckedSlices, seen: SeenLabels, legend: LegendEntry[] | undefined): Tile[] {
  const { before, after, isSameGrid } = pair;
  const slices = slicesOf(before, options, "compare");
  const others = isSameGrid
    ? slices
    : slices.flatMap(({ view, index }) => slicesThrough(pair, options, view.across?.axis, index));
  const [first, second] = [tilesOf(before, slices, options, seen), tilesOf(after, others, options, seen)];
  const differences = legend && differenceTiles(before, after, slices, first, options);
  if (legend && differences) legend.push(...gradientEntries(differences.most));
  const caption = (tile: Tile, name: string) =>
    options.title === false ? tile : { ...tile, caption: [name, tile.caption].filter(Boolean).join(", ") };
  return first.flatMap((tile, n) => {
    const [next, difference] = [second[n], differences?.tiles[n]];
    return [
      caption(tile, "before"),
      ...(next ? [caption(next, "after")] : []),
      ...(difference ? [caption({ ...difference, caption: undefined }, "difference")] : []),
    ];
  });
}

function sameGrid(first: Volume, second: Volume): boolean {
  if (first.shape.length !== second.shape.length) return false;
  if (first.spatialShape.some((n, axis) => n !== second.spatialShape[axis])) return false;
  if (first.affine.every((value, n) => value === second.affine[n])) return true;
  if (!invertAffine(first.affine) || !invertAffine(second.affine)) return false;
  const [one, two] = [first, second].map(({ spatialShape, affine }) => ({ shape: spatialShape, affine }));
  return one !== undefined && two !== undefined && gridDistance(one, two) < 1e-3;
}

/** The slice of the second image that goes through the middle of one of the first image, in the same plane. */
function slicesThrough({ before, after }: Pair, options: CheckedSlices, axis: number | undefined, index: number) {
  const { at: _at, slices: _slices, axis: _axis, plane: _plane, ...rest } = options;
  if (axis === undefined) return chooseSlices(after.grid, rest, undefined, "compare");
  const middle = before.grid.spatialShape.map((n, each) => (each === axis ? index : (n - 1) / 2));
  const inverse = invertAffine(after.grid.affine);
  const center = inverse && applyAffine(inverse, applyAffine(before.grid.affine, middle));
  const [view] = chooseSlices(before.grid, { ...rest, axis: axisOf(axis) }, middle, "compare");
  const plane = view?.view.plane;
  return chooseSlices(after.grid, { ...rest, ...(plane ? { plane } : { axis: axisOf(axis) }) }, center, "compare");
}

function axisOf(axis: number): 0 | 1 | 2 {
  return axis === 0 ? 0 : axis === 1 ? 1 : 2;
}
