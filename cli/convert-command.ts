import { stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { orientation } from "../operators/spatial/orientation.ts";
import { spacing } from "../operators/spatial/spacing.ts";
import { Dataset } from "../src/dataset.ts";
import { FormatError } from "../src/errors.ts";
import { FileTaken, makeDirectoryOf, type Replaceable } from "../src/files/write-atomically.ts";
import { pathOfResult } from "../src/format/folder-layout.ts";
import { writableExtensions } from "../src/format/format-registry.ts";
import { readVolume } from "../src/format/read-volume.ts";
import { type SaveImageOptions, saveFiles } from "../src/format/save-image.ts";
import { subjectName } from "../src/format/subject-name.ts";
import { isInstance } from "../src/is-instance.ts";
import { type Dtype, dtypes } from "../src/samples.ts";
import { parseAxcodes } from "../src/volume/axcodes.ts";
import type { Volume } from "../src/volume/volume.ts";
import { failureJson, reportFailure } from "./failures.ts";
import { type InputImage, inputImages } from "./input-images.ts";
import { newCommand, parseRange, parseSizes, UsageError } from "./new-command.ts";
import { print, printJson } from "./print.ts";
import { existing } from "./write-output.ts";

interface ConvertOptions {
  readonly output: string;
  readonly extension: string;
  readonly dtype?: Dtype;
  readonly orientation?: string;
  readonly spacing?: readonly number[];
  readonly mode: "bilinear" | "nearest";
  readonly range?: readonly [low: number, high: number];
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `voxrx convert PATH… -o OUT`: reads images and writes them in another format. */
export function convertCommand() {
  return newCommand("convert", "Converts images between formats; DICOM series become volumes.", [
    ["convert scan.mha -o scan.nii.gz", "one file"],
    ["convert dicom/ -o out/", "every DICOM series in a directory, as .nii.gz"],
    ["convert *.nii.gz -o out/ --spacing 1.5 --orientation RAS", "resampled and turned"],
    ["convert label.nii.gz -o out/ --spacing 1.5 --mode nearest", "resampled as a label map"],
    ["convert ct.nii.gz -o ct.png --range=-160,240", "slices along z, as pictures"],
  ])
    .argument("<paths...>", "image files, or directories with images or DICOM series")
    .requiredOption("-o, --output <path>", "the file to write; or a directory, for several images or with / at its end")
    .addOption(
      new Option("--extension <ext>", "format of files in a directory")
        .choices(writableExtensions())
        .default(".nii.gz"),
    )
    .addOption(
      new Option("--dtype <type>", "type of the samples; values are rounded and clamped to it").choices(dtypes),
    )
    .option("--orientation <axcodes>", "letters of the positive ends of the axes, such as RAS or LPS", parseOrientation)
    .option("--spacing <mm>", "voxel size in mm: one number, or one per axis (1,1,2.5)", parseSizes)
    .addOption(
      new Option("--mode <mode>", "how --spacing interpolates").choices(["bilinear", "nearest"]).default("bilinear"),
    )
    .option("--range <low,high>", "values that become black and white in a PNG", parseRange)
    .option("--force", "replace files that exist")
    .option("--json", "one JSON record per image")
    .action(convert);
}

function parseOrientation(text: string): string {
  const axcodes = text.toUpperCase();
  if (axcodes.length === 3 && parseAxcodes(axcodes)) return axcodes;
  throw new InvalidArgumentError("Expected one letter each of L or R, P or A, I or S, such as RAS.");
}

async function convert(paths: readonly string[], options: ConvertOptions, command: Command): Promise<void> {
  const { output, json = false } = options;
  const inputs: InputImage[] = [];
  for (const path of paths) {
    const { images, fault } = await inputImages(path).catch((error) => ({ images: [], fault: error }));
    if (fault !== undefined) failed(path, fault, json);
    inputs.push(...images);
  }
  const toDirectory = await isDirectory(output, inputs.length);
  if (!toDirectory && !hasWritableExtension(output)) {
    throw new UsageError(`${output} must end in one of ${writableExtensions().join(", ")}, or be a directory`);
  }
  if (!toDirectory && inputs.length > 1) {
    throw new UsageError(
      `${inputs.length} images can't be written to the one file ${output}: give a directory, with / at its end`,
    );
  }
  refuseWithoutEffect(options, toDirectory, (name) => command.getOptionValueSource(name) === "cli");
  const written = new Map<string, string>();
  for (const input of inputs) {
    try {
      const image = await prepared(await readVolume(input.path), options);
      const target = toDirectory ? pathIn(output, input, image, options.extension) : output;
      const files = await write(image, target, input.path, options, written);
      if (json) printJson({ file: input.path, written: files, shape: image.shape, spacing: image.spacing });
      else print(`${input.shown} -> ${shownFiles(files)}`);
    } catch (error) {
      failed(input.path, error, json);
    }
  }
}

/** An option that changes nothing was given for something else than it does. */
function refuseWithoutEffect(
  { output, extension, spacing: pixdim, range }: ConvertOptions,
  toDirectory: boolean,
  isGiven: (option: string) => boolean,
): void {
  if (isGiven("extension") && !toDirectory) {
    throw new UsageError(`--extension is for a directory: the name ${output} has the format already`);
  }
  if (isGiven("mode") && pixdim === undefined) throw new UsageError("--mode is for --spacing, which is not given");
  const isPng = (toDirectory ? extension : output).toLowerCase().endsWith(".png");
  if (range !== undefined && !isPng) throw new UsageError("--range is for PNG files: other formats keep all values");
}

function failed(file: string, error: unknown, json: boolean): void {
  if (json) printJson({ file, error: failureJson(error) });
  reportFailure(error);
}

/** A name without a writable extension is a directory, as is one that exists or ends in a slash. */
async function isDirectory(output: string, count: number): Promise<boolean> {
  const there = await stat(output).catch(() => undefined);
  if (there) return there.isDirectory();
  if (output.endsWith("/") || output.endsWith(sep)) return true;
  return !hasWritableExtension(output) && (count > 1 || !/\.[^./\\]+$/.test(output));
}

function hasWritableExtension(path: string): boolean {
  return writableExtensions().some((extension) => path.toLowerCase().endsWith(extension));
}

async function prepared(volume: Volume, options: ConvertOptions): Promise<Volume> {
  const { orientation: axcodes, spacing: pixdim, mode } = options;
  const steps = [
    ...(axcodes === undefined ? [] : [orientation({ axcodes })]),
    ...(pixdim === undefined ? [] : [spacing({ pixdim, mode })]),
  ];
  let dataset = Dataset.from([volume]);
  for (const step of steps) dataset = dataset.pipe(step);
  return dataset.at(0);
}

function pathIn(dir: string, { path, dir: sourceDir }: InputImage, { meta }: Volume, extension: string): string {
  const below = sourceDir === undefined || /\?series=/.test(path) || path === sourceDir ? {} : { sourceDir };
  return pathOfResult(subjectName(path, meta.header), { dir, subject: path, extension, ...below });
}

async function write(
  image: Volume,
  target: string,
  source: string,
  { dtype, range, force = false }: ConvertOptions,
  written: Map<string, string>,
): Promise<string[]> {
  await makeDirectoryOf(target);
  const saved: SaveImageOptions = {
    ...(dtype === undefined ? {} : { dtype }),
    ...(range === undefined ? {} : { range }),
  };
  const beforeFile = async (file: string): Promise<Replaceable | undefined> => {
    const other = written.get(resolve(file));
    if (other !== undefined)
      throw taken(file, `${other} was written to this file a moment ago`, "Write to several directories.");
    if (!force && (await stat(file).catch(() => undefined))) throw existing(file);
    written.set(resolve(file), source);
    // A file that another process makes in the meantime is not replaced either.
    return force ? undefined : { since: 0n };
  };
  return saveFiles(image, target, saved, beforeFile).catch((error) => {
    throw isInstance(error, FileTaken) ? existing(target) : error;
  });
}

function taken(file: string, fault: string, remedy: string): FormatError {
  return new FormatError("VOXRX_WRITE_FAILED", fault, { file, remedy });
}

function shownFiles(files: readonly string[]): string {
  const [first = "", last = ""] = [files[0], files.at(-1)];
  return files.length > 2 ? `${first} to ${last} (${files.length} files)` : files.join(", ");
}
