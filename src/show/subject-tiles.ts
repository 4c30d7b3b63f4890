/** Makes the tiles of an item. */

import { OptionError } from "../errors.ts";
import { shownSizes } from "../volume/describe-volume.ts";
import type { Volume } from "../volume/volume.ts";
import type { Block, Tile } from "./arrange-tiles.ts";
import { Canvas } from "./canvas.ts";
import { type ChosenSlice, chooseSlices } from "./choose-slices.ts";
import { drawLetters, drawSlice, type OnLabel, type ShownImage, type ShownLabel, smallestCell } from "./draw-tile.ts";
import type { KeyedVolume, Subject } from "./find-subjects.ts";
import { colorRange, type GrayRange, grayRange, isColor } from "./gray-levels.ts";
import { type LegendEntry, labelColor } from "./label-colors.ts";
import { centerIn, LabelField } from "./label-values.ts";
import { isPlaced, obliqueAngle } from "./plane-view.ts";
import { type CheckedSlices, listOf } from "./show-options.ts";
import { sliceExtent } from "./slice-values.ts";

/** The longer edge of the largest slice of an image, by the number of slices in the figure. */
function defaultWidth(slices: number): number {
  if (slices <= 6) return 256;
  return slices <= 24 ? 192 : 128;
}

/** The options with a size for slices: many of them are smaller. */
export function withSize<O extends CheckedSlices>(options: O, subjects: readonly Subject[]): O {
  if (options.width !== undefined || options.scale !== undefined) return options;
  const { plane, axis, at, slices, channels } = options;
  const isDefault = plane === undefined && axis === undefined && at === undefined && slices === undefined;
  const planes = isDefault ? 3 : Math.max(1, listOf(plane ?? []).length);
  const perPlane = at === undefined ? (slices ?? 1) : listOf(at).length;
  const count = subjects.reduce((sum, { images, labels }) => {
    const shown = images.length > 0 ? images : labels.slice(0, 1);
    const slicesOfOne = shown.map(({ volume }) => (volume.shape.length === 3 ? 1 : planes * perPlane));
    return sum + slicesOfOne.reduce((total, n) => total + n, 0);
  }, 0);
  return { ...options, width: defaultWidth(count * listOf(channels ?? 0).length) };
}

/** Axes that are turned by less than this, in degrees, are not worth a word. */
const notableAngle = 5;

/** The label values that were drawn in a figure, for its legend. */
export class SeenLabels {
  readonly #seen = new Map<string, { readonly label: ShownLabel; readonly value: number }>();
  readonly add: OnLabel = (label, value) => {
    this.#seen.set(`${label.key} ${value}`, { label, value });
  };

  /** The legend, by field and value. */
  entries(names: Readonly<Record<number, string>> = {}): LegendEntry[] {
    const all = [...this.#seen.values()].sort((a, b) => a.label.place - b.label.place || a.value - b.value);
    const several = new Set(all.map(({ label }) => label.key)).size > 1;
    return all.map(({ label, value }) => {
      const name = names[value];
      const text = name === undefined ? `${label.key} ${value}` : several ? `${label.key} ${name}` : name;
      return { text, color: labelColor(value, label.place) };
    });
  }
}

/** An image of an item with all that its tiles need. */
export interface Layer {
  readonly grid: Volume;
  readonly image: ShownImage | undefined;
  readonly labels: readonly ShownLabel[];
}

/** The label fields of an item, ready to be drawn. */
export function shownLabels({ labels }: Subject): ShownLabel[] {
  return labels.map(({ key, volume }, place) => ({ key: key ?? "label", field: new LabelField(volume), place }));
}

/** The layers of one image: one for its colors, or one for each of the chosen channels. */
function layersOf(
  image: KeyedVolume,
  labels: readonly ShownLabel[],
  options: CheckedSlices,
  operator: string,
): Layer[] {
  const { volume } = image;
  if (options.channels === undefined && isColor(volume)) {
    const range = options.range ?? colorRange(volume);
    return [{ grid: volume, image: { volume, channel: undefined, range }, labels }];
  }
  return listOf(options.channels ?? 0).map((channel) => {
    checkChannel(channel, volume, operator);
    return { grid: volume, image: { volume, channel, range: options.range ?? grayRange(volume, channel) }, labels };
  });
}

/** @throws OptionError `VOXRX_BAD_OPTION` for a channel that the image does not have */
export function checkChannel(channel: number, { channels }: Volume, operator: string): void {
  if (channel < channels) return;
  throw new OptionError("VOXRX_BAD_OPTION", `channels: there is no channel ${channel} in an image of ${channels}`, {
    operator,
    remedy: `Channels are counted from 0 to ${channels - 1}.`,
  });
}

/** All blocks of an item: one for each image and channel. */
export function blocksOf(subject: Subject, options: CheckedSlices, seen: SeenLabels, operator: string): Block[] {
  const labels = shownLabels(subject);
  const [firstLabel] = labels;
  const alone: Layer[] = firstLabel ? [{ grid: firstLabel.field.volume, image: undefined, labels }] : [];
  const keyed = subject.images.flatMap((image) =>
    layersOf(image, labels, options, operator).map((layer) => ({ key: image.key, layer })),
  );
  const all = keyed.length > 0 ? keyed : alone.map((layer) => ({ key: firstLabel?.key, layer }));
  const showsKeys = subject.images.length > 1;
  return all.map(({ key, layer }) => ({
    title: options.title === false ? undefined : titleOf([subject.name, showsKeys ? key : undefined], layer),
    tiles: tilesOf(layer, slicesOf(layer, options, operator), options, seen),
  }));
}

/** The slices of a layer that the options choose, through the middle of its first label with foreground. */
export function slicesOf({ grid, labels }: Layer, options: CheckedSlices, operator: string): ChosenSlice[] {
  const isFixed = options.at !== undefined || options.slices !== undefined || grid.shape.length === 3;
  let center: readonly number[] | undefined;
  for (const { field } of isFixed ? [] : labels) center ??= centerIn(grid, field);
  return chooseSlices(grid, options, center, operator);
}

/** Tiles of slices, all with the same pixels for a mm. */
export function tilesOf(
  { grid, image, labels }: Layer,
  slices: readonly ChosenSlice[],
  options: CheckedSlices,
  seen: SeenLabels,
): Tile[] {
  const extents = slices.map(({ view }) => sliceExtent(grid, view));
  const perMm =
    options.scale === undefined
      ? (options.width ?? defaultWidth(1)) / Math.max(...extents.flat())
      : options.scale / Math.min(...inPlaneSpacing(grid, slices));
  return slices.map(({ view, index, caption }, n) => {
    const [width = 1, height = 1] = (extents[n] ?? []).map((mm) => Math.max(1, Math.round(mm * perMm)));
    const least = view.letters ? smallestCell : 1;
    const [cellWidth, cellHeight] = [Math.max(width, least), Math.max(height, least)];
    const { interpolation, opacity } = options;
    return {
      width: cellWidth,
      height: cellHeight,
      slice: { width, height },
      caption: options.title === false ? undefined : caption,
      draw() {
        const cell = new Canvas(cellWidth, cellHeight, [0, 0, 0]);
        const subject = { grid, image, labels, view, index, interpolation, opacity };
        const slice = drawSlice(subject, width, height, seen.add);
        cell.put(slice, Math.floor((cellWidth - width) / 2), Math.floor((cellHeight - height) / 2));
        if (view.letters) drawLetters(cell, view.letters);
        return cell;
      },
    };
  });
}

function inPlaneSpacing({ spacing }: Volume, slices: readonly ChosenSlice[]): number[] {
  return slices.flatMap(({ view }) => [spacing[view.right.axis] || 1, spacing[view.down.axis] || 1]);
}

/** What is known about an image, on one line. */
export function titleOf(names: readonly (string | undefined)[], { grid, image }: Layer): string {
  const { spatialShape, spacing, channels } = grid;
  const angle = obliqueAngle(grid);
  const placed = isPlaced(grid);
  const parts = [
    ...names.map((name) => name && withShortSeries(name)),
    [unbroken(spatialShape.join(" x ")), ...(placed ? [unbroken(`${shownSizes(spacing)} mm`)] : [])].join(", "),
    placed ? grid.axcodes : undefined,
    angle >= notableAngle ? unbroken(`oblique ${Math.round(angle)}°`) : undefined,
    image?.channel !== undefined && channels > 1 ? unbroken(`channel ${image.channel + 1} of ${channels}`) : undefined,
    image ? constantOf(image.range) : undefined,
  ];
  return parts.filter((part) => part !== undefined && part !== "").join("\u00a0· ");
}

/** A text that is not wrapped inside. */
function unbroken(text: string): string {
  return text.replaceAll(" ", "\u00a0");
}

function constantOf([low, high]: GrayRange): string | undefined {
  if (Number.isNaN(low)) return unbroken("no finite value");
  return low < high ? undefined : unbroken(`constant ${Number(low.toPrecision(6))}`);
}

/** A DICOM series has a number of up to 64 digits: its last ones are enough to tell it in a figure. */
function withShortSeries(name: string): string {
  return name.replace(/\?series=[\d.]*([\d.]{8})$/, "?series=…$1");
}
