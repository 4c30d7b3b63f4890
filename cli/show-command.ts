import { extname } from "node:path";
import { Option } from "commander";
import type { DirectoryItem } from "../datasets/recognize-directory.ts";
import { load } from "../operators/io/load.ts";
import { Dataset } from "../src/dataset.ts";
import { animate } from "../src/show/animate.ts";
import { compare } from "../src/show/compare.ts";
import type { Figure } from "../src/show/figure.ts";
import { histogram } from "../src/show/histogram-figure.ts";
import { show } from "../src/show/show.ts";
import type { Volume } from "../src/volume/volume.ts";
import { type DatasetItems, datasetItems } from "./dataset-items.ts";
import { ImageFailures, reportFailure } from "./failures.ts";
import { newCommand, parseCount, parseIndex, parseRange, UsageError } from "./new-command.ts";
import { printNotice } from "./print.ts";
import { checkFree } from "./write-output.ts";

type Plane = "axial" | "coronal" | "sagittal";

interface ShowCommandOptions {
  readonly output: string;
  readonly plane?: Plane;
  readonly slices?: number;
  readonly at?: number;
  readonly range?: readonly [low: number, high: number];
  readonly label?: string;
  readonly labels?: boolean;
  readonly channel?: number;
  readonly width?: number;
  readonly items: number;
  readonly compare?: boolean;
  readonly histogram?: boolean;
  readonly force?: boolean;
}

/** `voxrx show PATH… -o FILE`: writes a figure of images and their labels. */
export function showCommand() {
  return newCommand("show", "Writes a figure of images, with their labels over them.", [
    ["show ct.nii.gz -o ct.png", "three planes through the middle"],
    ["show ct.nii.gz --label seg.nii.gz --slices 8 -o ct.png", "eight axial slices with labels"],
    ["show data/Task09_Spleen -o spleen.png", "the first images of a dataset, with their labels"],
    ["show before.nii.gz after.nii.gz --compare -o diff.png", "two images, and the difference"],
    ["show ct.nii.gz -o ct.gif", "an animation through the slices (.gif or .webp)"],
  ])
    .argument("<paths...>", "image files, directories of any known layout, or datalists")
    .requiredOption("-o, --output <file>", "the figure: .png, or .gif and .webp for an animation")
    .addOption(new Option("--plane <plane>", "plane of the slices").choices(["axial", "coronal", "sagittal"]))
    .option("--slices <n>", "slices of each image, spread evenly", parseCount)
    .option("--at <n>", "the slice to show, from 0: counted from the left, the back or the bottom", parseIndex)
    .option("--range <low,high>", "values that become black and white (default: 1st to 99th percentile)", parseRange)
    .option("--label <file>", "label map of the image, if there is one image")
    .option("--labels", "show the images as label maps, in colors")
    .option("--channel <n>", "channel to show, from 0", parseIndex)
    .option("--width <pixels>", "longer edge of a slice", parseCount)
    .option("--items <n>", "images to show of many", parseCount, 4)
    .option("--compare", "two images beside each other, and their difference")
    .option("--histogram", "a histogram of the values instead of slices")
    .option("--force", "replace the figure if the file exists")
    .action(showImages);
}

async function showImages(paths: readonly string[], options: ShowCommandOptions): Promise<void> {
  const extension = extname(options.output).toLowerCase();
  const isAnimation = extension === ".gif" || extension === ".webp";
  if (!isAnimation && extension !== ".png" && !options.output.startsWith("/dev/")) {
    throw new UsageError(`${options.output} must end in .png, .gif or .webp`);
  }
  if (options.histogram && options.compare) throw new UsageError("--histogram and --compare exclude each other");
  await checkFree(options.output, options.force);
  const found = await datasetItems(paths, undefined);
  for (const fault of found.faults) reportFailure(fault);
  const items = chosenItems(found, options);
  const read: Shown[] = [];
  const failures = new ImageFailures();
  for (const item of items) {
    try {
      read.push(await readItem(item));
    } catch (error) {
      failures.report(error);
    }
  }
  failures.end();
  if (read.length === 0) return;
  const figure = await figureOf(
    read,
    Object.fromEntries(found.classNames),
    options,
    isAnimation ? extension : undefined,
  );
  await figure.save(options.output);
}

interface Shown {
  readonly image: Volume;
  readonly label?: Volume;
}

function chosenItems({ items, faults }: DatasetItems, options: ShowCommandOptions): DirectoryItem[] {
  if (options.compare) {
    if (items.length !== 2 && faults.length === 0)
      throw new UsageError(`--compare needs two images, got ${items.length}`);
    return [...items];
  }
  const [only] = items;
  if (options.label !== undefined) {
    if (only === undefined || items.length > 1) throw new UsageError(`--label is of one image, got ${items.length}`);
    return [{ ...only, label: options.label }];
  }
  if (items.length > options.items)
    printNotice(`the first ${options.items} of ${items.length} images; --items shows more`);
  return items.slice(0, options.items);
}

/** Reads an item through a dataset, which gives it the id that the figure names. */
async function readItem({ id, image, label }: DirectoryItem): Promise<Shown> {
  if (label === undefined)
    return Dataset.from([{ image }], { id: () => id })
      .pipe(load(["image"]))
      .at(0);
  return Dataset.from([{ image, label }], { id: () => id })
    .pipe(load(["image", "label"]))
    .at(0);
}

async function figureOf(
  items: readonly Shown[],
  names: Readonly<Record<number, string>>,
  options: ShowCommandOptions,
  animation: ".gif" | ".webp" | undefined,
): Promise<Figure> {
  const { plane, slices, at, range, channel, width, labels } = options;
  const [first, second] = items;
  const slicing = { plane, slices, at, range, width, names, ...(labels ? { labels: true } : {}) };
  if (options.histogram) return histogram([...items], { range, channel, width });
  if (options.compare && first && second) return compare(first, second, { ...slicing, channel });
  if (animation === undefined) return show([...items], { ...slicing, channels: channel });
  if (!first || items.length > 1) throw new UsageError(`an animation is of one image, got ${items.length}`);
  return animate(first, { ...slicing, channels: channel, format: animation === ".gif" ? "gif" : "webp" });
}
