/** Finds the images and labels in what a figure is to show. */
import { OptionError } from "../errors.ts";
import { originOf } from "../item/origin.ts";
import { type AnyRecord, isRecord } from "../item/record.ts";
import { isIntegerDtype } from "../samples.ts";
import { sourceName } from "../volume/describe-volume.ts";
import { isTensor, volumeAt } from "../volume/tensor.ts";
import { axesOf, stridesAlong, type VolumeTensor } from "../volume/tensor-layout.ts";
import { Volume } from "../volume/volume.ts";
import { type CheckedSlices, listOf } from "./show-options.ts";

/** A volume of an item; a bare one has no key. */
export interface KeyedVolume {
  readonly key: string | undefined;
  readonly volume: Volume;
}

/** One item to show. */
export interface Subject {
  readonly name: string | undefined;
  readonly images: readonly KeyedVolume[];
  readonly labels: readonly KeyedVolume[];
}

/** A part of the options. */
export type SubjectOptions = Pick<CheckedSlices, "keys" | "labels"> & { readonly items?: number | undefined };

/** Most items of one figure. */
const maxItems = 2 ** 12;

/**
 * The items in a volume, an item, a batch, or a list of them.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for a value without images, or a key that an item does not have
 */
export function findSubjects(input: unknown, options: SubjectOptions, operator: string): Subject[] {
  const found = itemsIn(input, operator);
  const items = found.slice(0, options.items ?? found.length);
  if (items.length === 0 || items.length > maxItems) {
    throw new OptionError("VOXRX_BAD_OPTION", `expected 1 to ${maxItems} items to show, got ${items.length}`, {
      operator,
      remedy: "Pass an image, an item, or a list or batch of them; items: n shows the first n.",
    });
  }
  const isAlone = items.length === 1;
  return items.map((item, n) => subjectOf(item, isAlone ? undefined : `item ${n}`, options, operator));
}

/** An item as its volumes, and its id if it has one. */
interface FoundItem {
  readonly id: string | undefined;
  readonly volumes: readonly KeyedVolume[];
}

function itemsIn(input: unknown, operator: string): FoundItem[] {
  if (Array.isArray(input)) return input.flatMap((entry: unknown) => itemsIn(entry, operator));
  const bare = volumesOf(input);
  if (bare) return bare.map((volume) => ({ id: undefined, volumes: [{ key: undefined, volume }] }));
  const items = isRecord(input) ? itemsOfRecord(input) : [];
  if (items.some(({ volumes }) => volumes.length > 0)) return items;
  throw new OptionError("VOXRX_BAD_OPTION", `${described(input)} has no image to show`, {
    operator,
    remedy: remedyFor(input, operator),
  });
}

/** The items of a record: one, or those of a batch. */
function itemsOfRecord(record: AnyRecord): FoundItem[] {
  const fields = Object.entries(record).flatMap(([key, value]) => {
    const list = Array.isArray(value) && value.length > 0 && value.every((entry) => entry instanceof Volume);
    const volumes: readonly Volume[] | undefined = list ? value : volumesOf(value);
    return volumes ? [{ key, volumes, isBatch: !(value instanceof Volume) }] : [];
  });
  const count = Math.max(1, ...fields.map(({ volumes }) => volumes.length));
  const id = originOf(record)?.id;
  return Array.from({ length: count }, (_, n) => ({
    id: count === 1 ? id : undefined,
    volumes: fields.flatMap(({ key, volumes, isBatch }) => {
      const volume = volumes[isBatch ? n : 0];
      return volume ? [{ key, volume }] : [];
    }),
  }));
}

/** The volumes of a volume or tensor; undefined for anything else. */
function volumesOf(value: unknown): readonly Volume[] | undefined {
  if (value instanceof Volume) return [value];
  if (isTensor(value)) return value.items.map((_, n) => volumeAt(value, n));
  if (isVolumeTensor(value)) return [volumeOf(value)];
  return undefined;
}

function isVolumeTensor(value: unknown): value is VolumeTensor {
  return isRecord(value) && "layout" in value && "affine" in value && ArrayBuffer.isView(value.data);
}

function volumeOf({ data, shape, layout, affine, meta }: VolumeTensor): Volume {
  const axes = axesOf(layout, shape.length);
  const sizes = new Array<number>(axes.length).fill(0);
  for (const [place, axis] of axes.entries()) sizes[axis] = shape[place] ?? 0;
  return new Volume({ data, shape: sizes, strides: stridesAlong(axes, sizes), affine, meta });
}

function subjectOf(item: FoundItem, fallback: string | undefined, options: SubjectOptions, operator: string): Subject {
  const { volumes, id } = item;
  const empty = volumes.find(({ volume }) => volume.size === 0);
  if (empty) {
    throw new OptionError("VOXRX_BAD_OPTION", `an image of shape [${empty.volume.shape}] has no voxel to show`, {
      operator,
      remedy: "Check what cropped it.",
    });
  }
  const labels = labelsAmong(volumes, options, operator);
  const images =
    options.keys === undefined
      ? volumes.filter((volume) => !labels.includes(volume))
      : chosen(volumes, listOf(options.keys), "keys", operator);
  const first = images[0] ?? labels[0];
  const name = id ?? (first && sourceName(first.volume.meta)) ?? fallback;
  return { name, images, labels: labels.filter((label) => !images.includes(label)) };
}

function labelsAmong(
  volumes: readonly KeyedVolume[],
  { labels }: SubjectOptions,
  operator: string,
): readonly KeyedVolume[] {
  if (labels === false) return [];
  if (labels === true) return volumes;
  if (labels !== undefined) return chosen(volumes, listOf(labels), "labels", operator);
  return volumes.filter(({ key, volume }) => key !== undefined && /label|seg|mask/i.test(key) && holdsIntegers(volume));
}

/** Whether all values are integers, whatever their type. */
function holdsIntegers(volume: Volume): boolean {
  if (isIntegerDtype(volume.dtype)) return true;
  const { storage } = volume;
  for (let i = 0; i < storage.length; i++) if (!Number.isInteger(storage[i])) return false;
  return true;
}

function chosen(
  volumes: readonly KeyedVolume[],
  keys: readonly string[],
  option: string,
  operator: string,
): readonly KeyedVolume[] {
  return keys.map((wanted) => {
    const found = volumes.find(({ key }) => key === wanted);
    if (found) return found;
    const known = volumes.map(({ key }) => key).filter((key) => key !== undefined);
    const there =
      known.length > 0
        ? `it has images in ${known.map((key) => `"${key}"`).join(", ")}`
        : "it is an image without keys";
    throw new OptionError("VOXRX_BAD_OPTION", `${option}: the item has no image in "${wanted}"; ${there}`, {
      operator,
      remedy: `Correct ${option} where ${operator}(…) is called.`,
    });
  });
}

function remedyFor(input: unknown, operator: string): string {
  if (typeof input === "string") return `Read the file first: ${operator}(await readVolume(path)).`;
  if (input instanceof Promise) return `Await it first: ${operator}(await dataset.at(0)).`;
  return "Pass a Volume, an item or batch with one in a field, a list of these, or a dataset.";
}

function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Promise) return "a promise";
  if (!isRecord(value)) return `a ${typeof value}`;
  const keys = Object.keys(value);
  return keys.length > 0 ? `an object with ${keys.slice(0, 8).join(", ")}` : "an empty object";
}
