import type * as v from "valibot";
import { firstItems } from "../display.ts";
import { OptionError } from "../errors.ts";
import { checkOptions } from "../options.ts";
import { arrange } from "./arrange-tiles.ts";
import { type Figure, pngFigure } from "./figure.ts";
import { findSubjects } from "./find-subjects.ts";
import { checkExclusive, maxTiles, type ShowOptions, showSchema } from "./show-options.ts";
import { blocksOf, SeenLabels, withSize } from "./subject-tiles.ts";

/** Items that are shown of a dataset by default. */
const defaultItems = 4;

/**
 * Makes a figure of an image, of an item with its labels, of a list or batch of them, or of the first items of a
 * dataset (then it returns a promise): three orthogonal slices of each, or those that the options choose.
 *
 * Slices have the proportions of the body and are turned to the usual orientation, whatever the order in which the
 * image is stored: front or top up, the patient's right at the left. Letters at the edges say so. The slices of an
 * oblique image are along its own axes, with the letters of the closest directions. A 2D image without a place in the
 * patient, such as a PNG, has its first row on top and no letters. Gray levels range from the 1st to the 99th percentile
 * of the image's finite values; NaN is dark purple. RGB is shown in color. Labels are drawn over the image, at their
 * place in the world.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for a value without images, more than 4096 slices or 2^26 pixels
 * @throws FormatError `VOXRX_BAD_AFFINE` for a label that can't be placed over its image
 * @example
 * ```ts
 * import { Dataset, show } from "voxrx";
 * import { load } from "voxrx/operators";
 * const scans = Dataset.from([{ image: "ct.nii.gz", label: "spleen.nii.gz" }]).pipe(load(["image", "label"]));
 * const figure = await show(scans, { names: { 1: "spleen" } });
 * await figure.save("scans.png");
 * for await (const scan of scans) await show(scan, { plane: "coronal", slices: 8 }).save("coronal.png");
 * ```
 */
export function show(dataset: AsyncIterable<unknown>, options?: ShowOptions): Promise<Figure>;
export function show(input: object, options?: ShowOptions): Figure;
export function show(input: object, options: ShowOptions = {}): Figure | Promise<Figure> {
  const checked = checkOptions("show", showSchema, options);
  checkExclusive("show", checked);
  return isStream(input) ? figureOfStream(input, checked) : figureOf(input, checked);
}

type Checked = v.InferOutput<typeof showSchema>;

function figureOf(input: unknown, options: Checked): Figure {
  const seen = new SeenLabels();
  const subjects = findSubjects(input, options, "show");
  const sized = withSize(options, subjects);
  const blocks = subjects.flatMap((subject) => blocksOf(subject, sized, seen, "show"));
  const count = blocks.reduce((sum, { tiles }) => sum + tiles.length, 0);
  if (count > maxTiles) {
    throw new OptionError("VOXRX_BAD_OPTION", `${count} slices are too many for one figure`, {
      operator: "show",
      remedy: `Show at most ${maxTiles} slices: fewer items, or fewer slices of each.`,
    });
  }
  const canvas = arrange(blocks, {
    operator: "show",
    headline: options.title === false ? undefined : options.title,
    columns: options.columns,
    legend: () => (options.title === false ? [] : seen.entries(options.names)),
  });
  return pngFigure(canvas);
}

async function figureOfStream(stream: AsyncIterable<unknown>, options: Checked): Promise<Figure> {
  const items = await firstOf(stream, options.items ?? defaultItems);
  if (items.length > 0) return figureOf(items, options);
  throw new OptionError("VOXRX_BAD_OPTION", "the dataset has no items to show", {
    operator: "show",
    remedy: "Check its source, and operators such as filter.",
  });
}

function isStream(input: unknown): input is AsyncIterable<unknown> {
  return typeof input === "object" && input !== null && Symbol.asyncIterator in input;
}

/** A dataset that can be looked at without counting a run. */
interface Lookable {
  [firstItems](count: number): Promise<unknown[]>;
}

function isLookable(stream: object): stream is Lookable {
  return firstItems in stream;
}

async function firstOf(stream: AsyncIterable<unknown>, count: number): Promise<unknown[]> {
  if (isLookable(stream)) return stream[firstItems](count);
  const items: unknown[] = [];
  for await (const item of stream) if (items.push(item) >= count) break;
  return items;
}
