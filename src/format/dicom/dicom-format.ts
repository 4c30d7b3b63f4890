/** The DICOM format: a file, or a directory with the files of a series. */
import { eachInOrder } from "../../async/each-in-order.ts";
import { brokenLink } from "../../files/walk-directory.ts";
import { lookUp } from "../../kernels/unpack-pixels.ts";
import { bytesOf, type Dtype, dtypeOf, dtypes, isIntegerDtype, type TypedArray } from "../../samples.ts";
import type { Volume } from "../../volume/volume.ts";
import type { Format } from "../format.ts";
import { makeDecoder, reserve } from "../samples/sample-decoder.ts";
import { headerOf, realDatatype, type StoredAxis, type StoredImage, toVolume } from "../samples/stored-image.ts";
import { decodeAsFile, type ImageContext } from "../with-reader.ts";
import { isPacked } from "./colors.ts";
import { dicomExtensions, startsLikeDicom } from "./detect-dicom.ts";
import { dicomFacts } from "./dicom-facts.ts";
import { type DicomFile, readDicom, readDicomFile } from "./dicom-file.ts";
import { type DicomImage, imageOf } from "./dicom-image.ts";
import { chooseSeries, filesAtOnce, scanSeries, seriesPlace } from "./dicom-series.ts";
import { dropCopies } from "./drop-copies.ts";
import type { FramePlace } from "./frame-places.ts";
import { checkSize, frameLength, readPixels } from "./read-pixels.ts";
import { ScannedFiles } from "./scanned-files.ts";
import { type Stack, type StackOptions, stackOf } from "./stack.ts";

const bytesAtOnce = 32 * 2 ** 20;

/** DICOM files and directories of them. */
export const dicomFormat: Format = {
  name: "dicom",
  version: 4,
  extensions: dicomExtensions,
  sniff: (firstBytes) => startsLikeDicom(firstBytes),
  claims: async (path) => (await seriesPlace(path)) !== undefined,
  read: readImage,
  header: async (path, context) => headerOf((await describe(path, context)).stored),
  decode: async (bytes, context) => decodeAsFile(bytes, context, readImage),
};

async function readImage(path: string, context: ImageContext): Promise<Volume> {
  return readStack(await describe(path, context), context);
}

/** A stack of frames with its description as a volume. */
export interface Described {
  readonly stack: Stack;
  readonly stored: StoredImage;
  readonly path: string;
}

/** How the slices of a path become a volume. */
export type SeriesOptions = Pick<StackOptions, "gaps" | "volumeBy">;

/** Finds the files of a path and sorts their frames. */
export async function describe(
  path: string,
  context: ImageContext,
  { gaps, volumeBy }: SeriesOptions = { gaps: "error", volumeBy: undefined },
): Promise<Described> {
  const { opened, signal } = context;
  const options = { path, gaps, volumeBy };
  if (opened?.path === path) return stackImages([imageOf(await readDicom(opened.source, signal))], options);
  const place = await seriesPlace(path);
  const read = (file: string) => readDicomFile(file, signal);
  if (!place) return stackFiles([path], options, signal, read);
  const { dir, uid } = place;
  const scanned = new ScannedFiles(uid);
  const scan = await scanSeries(dir, signal, scanned);
  const [broken] = scan.brokenLinks;
  if (broken !== undefined) throw brokenLink(broken);
  const { files } = chooseSeries(scan, dir, uid);
  // A file that is added to a directory later may belong to the series.
  for (const searched of scan.dirs) await context.noteFile(searched);
  for (const file of files) await context.noteFile(file);
  const ofSeries = { ...options, volumeBy: volumeBy ?? place.volumeBy };
  return stackFiles(files, ofSeries, signal, async (file) => {
    return (await scanned.take(file, context.isNoted !== false)) ?? read(file);
  });
}

async function stackFiles(
  files: readonly string[],
  options: StackOptions,
  signal: AbortSignal | undefined,
  read: (file: string) => Promise<DicomFile | undefined>,
): Promise<Described> {
  const found: DicomImage[] = [];
  await eachInOrder(files, filesAtOnce, read, (file) => found.push(...(file ? [imageOf(file)] : [])));
  const { images, warnings } = await dropCopies(found, options.path, signal);
  const described = stackImages(images, options);
  const { stack } = described;
  return { ...described, stack: { ...stack, warnings: [...warnings, ...stack.warnings] } };
}

function stackImages(images: readonly DicomImage[], options: StackOptions): Described {
  const stack = stackOf(images, options);
  const [{ image } = { image: undefined }] = stack.slices;
  if (!image) throw new TypeError("a stack has slices");
  const facts = dicomFacts(image, images.length, stack);
  const stored: StoredImage = {
    ...{ format: "dicom", datatype: image.datatype, littleEndian: true, affine: stack.affine, facts },
    axes: axesOf(stack, image),
  };
  return { stack, stored, path: options.path };
}

function axesOf({ depth, slices }: Stack, image: DicomImage): StoredAxis[] {
  const { columns, rows, samples, isPlanar } = image;
  const colors = { size: samples, isSpatial: false };
  const plane = [columns, rows].map((size) => ({ size, isSpatial: true }));
  const hasPlanes = isPlanar && !isPacked(image);
  return [
    ...(hasPlanes ? [...plane, colors] : [colors, ...plane]),
    ...(depth === undefined ? [] : [{ size: depth, isSpatial: true }]),
    { size: slices.length / (depth ?? 1), isSpatial: false },
  ];
}

/** Reads the pixels of a stack, some files at a time. */
export async function readStack(
  { stack, stored, path }: Described,
  context: Pick<ImageContext, "dtype" | "signal" | "memory">,
): Promise<Volume> {
  const images = [...new Set(stack.slices.map(({ image }) => image))];
  for (const image of images) checkSize(image);
  const [first] = images;
  const length = first ? frameLength(first) : 0;
  const samples = reserve(targetOf(stack, stored, context.dtype), length * stack.slices.length, path, context.memory);
  const read = async (image: DicomImage) => readPixels(image, context.signal);
  await eachInOrder(images, imagesAtOnce(images), read, (pixels, image) => {
    for (const [at, slice] of stack.slices.entries()) {
      if (slice.image !== image) continue;
      const frame = pixels.subarray(slice.frame * length, (slice.frame + 1) * length);
      samples.set(realValues(frame, slice.place, samples, image), at * length);
    }
  });
  const volume = toVolume(samples, stored, path);
  return stack.warnings.length > 0 ? volume.withMeta({ warnings: [...stack.warnings] }) : volume;
}

/** How many files' pixels may be in memory: large ones are read alone, and the decoders are not shared. */
function imagesAtOnce(images: readonly DicomImage[]): number {
  if (images.some(isPacked)) return 1;
  const largest = images.reduce((most, { file }) => Math.max(most, file.size), 1);
  return Math.max(1, Math.min(filesAtOnce, Math.floor(bytesAtOnce / largest)));
}

function targetOf({ slices }: Stack, { datatype }: StoredImage, dtype: Dtype | "auto"): Dtype {
  if (dtype !== "auto") return dtype;
  const kept = dtypes.find((known) => known === datatype.number && isIntegerDtype(known));
  return slices.some(({ place }) => place.scaling || place.lut) ? "float32" : (kept ?? "float32");
}

/** The values of a frame as measured, in the type of the target. */
function realValues(
  stored: TypedArray,
  { scaling, lut }: FramePlace,
  target: TypedArray,
  { file }: DicomImage,
): TypedArray {
  const dtype = dtypeOf(target);
  let frame = stored;
  if (lut) {
    const values = new Uint16Array(stored.length);
    lookUp(stored, lut.values, lut.first, values);
    frame = values;
  }
  const number = dtypeOf(frame);
  if (!scaling && number === dtype) return frame;
  const plan = { datatype: realDatatype(number), littleEndian: true, count: frame.length, scaling, dtype };
  const decoder = makeDecoder({ ...plan, path: file.path });
  decoder.add(bytesOf(frame));
  return decoder.finish();
}
