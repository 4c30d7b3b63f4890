/** Gathers numbers about a dataset, item by item; what is kept does not grow with the size of the images. */
import type { DirectoryItem } from "../datasets/recognize-directory.ts";
import type { Samples } from "../src/samples.ts";
import { orientationOf } from "../src/volume/axcodes.ts";
import type { Volume } from "../src/volume/volume.ts";
import { labelFacts, readImage } from "./image-facts.ts";

/** Numbers in the order of their size. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** The 10th percentile. */
  readonly low: number;
}

/** Values of the foreground of one channel, over all items. */
export interface ChannelStatistics {
  readonly name: string;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  /** 0.5th percentile. */
  readonly low: number;
  readonly median: number;
  /** 99.5th percentile. */
  readonly high: number;
  readonly max: number;
  /** Counts of 32 equal bins from `low` to `high`. */
  readonly histogram: readonly number[];
}

/** One value of the label maps. */
interface ClassStatistics {
  readonly value: number;
  readonly name: string;
  /** Share of all labeled voxels, 0 to 1. */
  readonly share: number;
  /** Number of items that have it. */
  readonly items: number;
}

/** Numbers about a dataset. Axes are those of the world: right to left, back to front, bottom to top; 2D as stored. */
export interface DatasetStatistics {
  readonly items: number;
  readonly labeled: number;
  /** Spatial dimensions of most items. */
  readonly rank: number;
  readonly orientations: ReadonlyMap<string, number>;
  readonly types: ReadonlyMap<string, number>;
  readonly classNames: ReadonlyMap<string, number>;
  readonly spacing: readonly Spread[];
  readonly size: readonly Spread[];
  readonly channels: readonly ChannelStatistics[];
  readonly classes: readonly ClassStatistics[];
  /** Whether most images have values below -500, as CT has for air. */
  readonly looksLikeCt: boolean;
}

/** More channels than these are time points, and are described together. */
const mostChannels = 8;
/** Foreground values that are kept for percentiles, of all items together. */
const mostValues = 2_000_000;
const mostOfAnItem = 10_000;
const bins = 32;

/** Numbers about a dataset, gathered from one item after the other. */
export class StatisticsGatherer {
  readonly #perItem: number;
  readonly #hasLabels: boolean;
  readonly #spacings: number[][] = [];
  readonly #sizes: number[][] = [];
  readonly #orientations = new Map<string, number>();
  readonly #types = new Map<string, number>();
  readonly #classNames = new Map<string, number>();
  readonly #values: number[][] = [];
  readonly #classes = new Map<number, { voxels: number; items: number }>();
  #labeled = 0;
  #withAir = 0;

  constructor(items: readonly DirectoryItem[]) {
    this.#perItem = Math.max(100, Math.min(mostOfAnItem, Math.floor(mostValues / Math.max(1, items.length))));
    this.#hasLabels = items.some(({ label }) => label !== undefined);
  }

  /** Adds an item. @throws what reading its files throws; it is then not counted */
  async add(item: DirectoryItem): Promise<void> {
    const image = await readImage(item.image);
    const label = item.label === undefined ? undefined : await readImage(item.label);
    this.#addGeometry(image);
    if (item.className !== undefined) count(this.#classNames, item.className);
    if (label) this.#addClasses(label);
    const isFitting = label && String(label.spatialShape) === String(image.spatialShape);
    // Where some items have labels, the others would mix in another kind of foreground.
    if (isFitting || !this.#hasLabels) this.#addValues(image, label);
  }

  statistics(names: ReadonlyMap<number, string>, modality: readonly string[]): DatasetStatistics {
    const total = [...this.#classes.values()].reduce((sum, { voxels }) => sum + voxels, 0);
    const ranks = this.#sizes.map(({ length }) => length);
    const rank = ranks.sort()[Math.floor(ranks.length / 2)] ?? 0;
    const spreads = (all: number[][]) =>
      Array.from({ length: rank }, (_, axis) => spreadOf(all.flatMap((one) => one[axis] ?? [])));
    const several = this.#values.length > 1;
    return {
      items: this.#sizes.length,
      labeled: this.#labeled,
      rank,
      orientations: this.#orientations,
      types: this.#types,
      classNames: this.#classNames,
      spacing: spreads(this.#spacings),
      size: spreads(this.#sizes),
      channels: this.#values.flatMap((values, n) => {
        const name = several ? (modality[n] ?? `channel ${n}`) : "";
        return values.length > 0 ? [channelOf(name, values)] : [];
      }),
      classes: [...this.#classes]
        .sort(([a], [b]) => a - b)
        .map(([value, { voxels, items }]) => ({ value, name: names.get(value) ?? "", share: voxels / total, items })),
      looksLikeCt: 2 * this.#withAir > this.#sizes.length,
    };
  }

  #addGeometry(image: Volume): void {
    const { spatialShape, spacing, axcodes, dtype } = image;
    const rank = spatialShape.length;
    const order = rank === 3 ? orientationOf(image.affine, rank).map(({ axis }) => axis) : [0, 1];
    const turned = (given: readonly number[]) => order.map((_, axis) => given[order.indexOf(axis)] ?? 0);
    this.#spacings.push(turned(spacing));
    this.#sizes.push(turned(spatialShape));
    count(this.#orientations, axcodes);
    count(this.#types, dtype);
    if (image.storage.some((value) => value < -500)) this.#withAir++;
  }

  #addClasses(label: Volume): void {
    this.#labeled++;
    for (const [value, voxels] of labelFacts(label).counts) {
      const known = this.#classes.get(value) ?? { voxels: 0, items: 0 };
      this.#classes.set(value, { voxels: known.voxels + voxels, items: known.items + 1 });
    }
  }

  #addValues(image: Volume, label: Volume | undefined): void {
    const inFileOrder = [image, label].every((one) => one?.isContiguous("x-fastest") ?? true);
    const samplesOf = (one: Volume) => (inFileOrder ? one.storage : one.samples);
    const [samples, labels] = [samplesOf(image), label && samplesOf(label)];
    const voxels = image.size / image.channels;
    for (let channel = 0; channel < image.channels; channel++) {
      const n = image.channels > mostChannels ? 0 : channel;
      const isForeground = labels ? labeledVoxels(labels, voxels) : brightVoxels(samples, channel * voxels, voxels);
      const values = (this.#values[n] ??= []);
      const most = image.channels > mostChannels ? Math.ceil(this.#perItem / image.channels) : this.#perItem;
      for (const value of chosen(samples, channel * voxels, voxels, isForeground, most)) values.push(value);
    }
  }
}

type IsForeground = (voxel: number) => boolean;

function labeledVoxels(labels: Samples, voxels: number): IsForeground {
  return (voxel) => {
    for (let at = voxel; at < labels.length; at += voxels) if ((labels[at] ?? 0) > 0) return true;
    return false;
  };
}

/** Without a label: what is brighter than the mean of the image. */
function brightVoxels(samples: Samples, from: number, voxels: number): IsForeground {
  let [sum, finite] = [0, 0];
  for (let i = from; i < from + voxels; i++) {
    const value = samples[i] ?? 0;
    if (!Number.isFinite(value)) continue;
    sum += value;
    finite++;
  }
  const mean = sum / finite;
  return (voxel) => (samples[from + voxel] ?? 0) > mean;
}

/** At most so many values of the foreground, evenly spread: the same in every run. */
function chosen(samples: Samples, from: number, voxels: number, isForeground: IsForeground, most: number): number[] {
  let all = 0;
  for (let voxel = 0; voxel < voxels; voxel++) if (isForeground(voxel)) all++;
  const step = Math.max(1, all / most);
  const values: number[] = [];
  for (let [voxel, seen] = [0, 0]; voxel < voxels; voxel++) {
    if (!isForeground(voxel)) continue;
    const value = samples[from + voxel] ?? 0;
    if (seen++ >= values.length * step && Number.isFinite(value)) values.push(value);
  }
  return values;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function spreadOf(numbers: readonly number[]): Spread {
  const sorted = Float64Array.from(numbers).sort();
  const at = (share: number) => quantile(sorted, share);
  return { min: at(0), low: at(0.1), median: at(0.5), max: at(1) };
}

/** Interpolated linearly between ranks, as NumPy does. */
function quantile(sorted: Float64Array, share: number): number {
  const rank = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(rank)] ?? Number.NaN, sorted[Math.ceil(rank)] ?? Number.NaN];
  return low + (high - low) * (rank - Math.floor(rank));
}

function channelOf(name: string, values: readonly number[]): ChannelStatistics {
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length;
  const [low, high] = [quantile(sorted, 0.005), quantile(sorted, 0.995)];
  const histogram = new Array<number>(bins).fill(0);
  for (const value of sorted) {
    const bin = high > low ? Math.floor(((value - low) / (high - low)) * bins) : 0;
    if (value >= low && value <= high)
      histogram[Math.min(bin, bins - 1)] = (histogram[Math.min(bin, bins - 1)] ?? 0) + 1;
  }
  const [min = Number.NaN, max = Number.NaN] = [sorted[0], sorted.at(-1)];
  return { name, mean, std: Math.sqrt(variance), min, low, median: quantile(sorted, 0.5), high, max, histogram };
}
