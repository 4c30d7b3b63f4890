/** Options of figures. */
import * as v from "valibot";
import { OptionError } from "../errors.ts";
import { countSchema, integerSchema, keysSchema, nonEmptySchema, numberSchema, recordSchema } from "../options.ts";
import type { Convention, Plane } from "./plane-view.ts";
import type { Interpolation } from "./slice-values.ts";

/** Which slices of an image a figure shows, and how. */
export interface SliceOptions {
  /**
   * Plane of the slices, or several. Default: all three through the middle, or `"axial"` if `slices` or `at` is given;
   * for an image of one slice, its plane.
   */
  readonly plane?: Plane | readonly Plane[];
  /** Instead of `plane`: the voxel axis to look along, 0, 1 or 2. `at` then counts along it, as the image is stored. */
  readonly axis?: 0 | 1 | 2;
  /** Number of slices of each plane, spread evenly. Default 1, through the middle, or the middle of the labels. */
  readonly slices?: number;
  /** Slices to show, from 0. With `plane`, they are counted from the left, the back or the bottom of the patient. */
  readonly at?: number | readonly number[];
  /** Whether the patient's right (`radiological`) or left is at the left of the figure. Default `"radiological"`. */
  readonly convention?: Convention;
  /** Channel to show, from 0, or several. Default 0, or the colors of an RGB image. */
  readonly channels?: number | readonly number[];
  /** Values that become black and white. Default: from the 1st to the 99th percentile of the channel. */
  readonly range?: readonly [low: number, high: number];
  /** Between voxels. Default `"linear"`; labels are always shown by their nearest voxel. */
  readonly interpolation?: Interpolation;
  /** Keys of the images to show. Default: all fields with a volume that are not labels. */
  readonly keys?: string | readonly string[];
  /**
   * Keys of the label fields, `false` for none, or `true` if all volumes are labels. Default: the fields of integers
   * whose key contains "label", "seg" or "mask".
   */
  readonly labels?: string | readonly string[] | boolean;
  /** Names of labels for the legend, by value: `{ 1: "spleen" }`. */
  readonly names?: Readonly<Record<number, string>>;
  /** How much labels cover the image, from 0 to 1. Default 0.5. */
  readonly opacity?: number;
  /** Longer edge of an image's largest slice, in pixels. Default 256; 192 or 128 where `show` makes many. */
  readonly width?: number;
  /** Instead of `width`: pixels for the shortest edge of a voxel. */
  readonly scale?: number;
  /** A line above the figure; `false`: no titles at all. Default: a title above each image only. */
  readonly title?: string | false;
}

/** Options of {@link show}. */
export interface ShowOptions extends SliceOptions {
  /** Tiles in each row. Default: a figure that is somewhat wider than high. */
  readonly columns?: number;
  /** Number of items to show. Default: 4 of a dataset, all of a list or a batch. */
  readonly items?: number;
}

/** Most slices of one figure. */
export const maxTiles = 2 ** 12;

const planeSchema = v.picklist(["axial", "coronal", "sagittal"]);
const indexSchema = v.pipe(integerSchema, v.minValue(0));
const oneOrMore = <S extends v.GenericSchema>(schema: S) => v.union([schema, v.pipe(v.array(schema), v.minLength(1))]);

export const sliceEntries = {
  plane: v.optional(oneOrMore(planeSchema)),
  axis: v.optional(v.picklist([0, 1, 2])),
  slices: v.optional(v.pipe(countSchema, v.maxValue(maxTiles))),
  at: v.optional(oneOrMore(indexSchema)),
  convention: v.optional(v.picklist(["radiological", "neurological"]), "radiological"),
  channels: v.optional(oneOrMore(indexSchema)),
  range: v.optional(
    v.pipe(
      v.tuple([numberSchema, numberSchema]),
      v.check(([low, high]) => low < high, "the first value must be below the second"),
    ),
  ),
  interpolation: v.optional(v.picklist(["linear", "nearest"]), "linear"),
  keys: v.optional(keysSchema),
  labels: v.optional(v.union([v.boolean(), keysSchema])),
  names: v.optional(recordSchema(v.pipe(v.string(), v.regex(/^-?\d+$/, "expected the value of a label")), v.string())),
  opacity: v.optional(v.pipe(numberSchema, v.minValue(0), v.maxValue(1)), 0.5),
  width: v.optional(v.pipe(countSchema, v.maxValue(2 ** 14))),
  scale: v.optional(v.pipe(numberSchema, v.gtValue(0), v.maxValue(64))),
  title: v.optional(v.union([nonEmptySchema, v.literal(false)])),
};

export const showSchema = v.strictObject({
  ...sliceEntries,
  columns: v.optional(countSchema),
  items: v.optional(countSchema),
});

/** Checked options of slices. */
export type CheckedSlices = v.InferOutput<ReturnType<typeof sliceSchemaType>>;

function sliceSchemaType() {
  return v.strictObject(sliceEntries);
}

/** @throws OptionError `VOXRX_BAD_OPTION` for options that exclude each other */
export function checkExclusive(operator: string, options: CheckedSlices): void {
  const pairs = [
    ["plane", "axis"],
    ["slices", "at"],
    ["width", "scale"],
  ] as const;
  for (const [first, second] of pairs) {
    if (options[first] === undefined || options[second] === undefined) continue;
    throw new OptionError("VOXRX_BAD_OPTION", `${first} and ${second} exclude each other`, {
      operator,
      remedy: `Give only one of them.`,
    });
  }
}

/** A value or several as a list. */
export function listOf<T extends number | string>(given: T | readonly T[]): readonly T[] {
  return typeof given === "object" ? given : [given];
}
