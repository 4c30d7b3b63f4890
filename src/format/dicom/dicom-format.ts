/** DICOM as a format: a file, or a folder with the files of a series. */
import { PipelineError } from "../../errors.ts";
import { bytesInMemory } from "../../files/byte-source.ts";
import { allocate, bytesOf, type Dtype, dtypeOf, dtypes, isIntegerDtype, type TypedArray } from "../../samples.ts";
import type { Volume } from "../../volume/volume.ts";
import type { Format, ReadContext } from "../format.ts";
import { makeDecoder } from "../samples/sample-decoder.ts";
import { headerOf, realDatatype, type StoredAxis, type StoredImage, toVolume } from "../samples/stored-image.ts";
import { dicomFacts } from "./dicom-facts.ts";
import { isDicom, readDicom, readDicomFile } from "./dicom-file.ts";
import { type DicomImage, imageOf } from "./dicom-image.ts";
import { chooseSeries, scanSeries, seriesPlace } from "./dicom-series.ts";
import { checkSize, frameLength, isPacked, readPixels } from "./read-pixels.ts";
import { type Stack, type StackOptions, stackOf } from "./stack.ts";

/** DICOM files, and folders of them. */
export const dicomFormat: Format = {
  name: "dicom",
  version: 1,
  extensions: [".dcm", ".dicom", ".ima"],
  sniff: (firstBytes) => isDicom(firstBytes),
  claims: async (path) => (await seriesPlace(path)) !== undefined,
  read: async (path, context) => readStack(await describe(path, context, "error"), context),
  header: async (path, context) => headerOf((await describe(path, context, "error")).stored),
  decode: async (bytes, context) => {
    const { name, signal } = context;
    signal?.throwIfAborted();
    const file = await readDicom(bytesInMemory(bytes, name), signal);
    return readStack(stackImages([imageOf(file)], { path: name, gaps: "error" }), context);
  },
};

/** A stack with what it is as a volume. */
export interface Described {
  readonly stack: Stack;
  readonly stored: StoredImage;
  readonly path: string;
}

/** Finds the files that a path names and puts their frames in order. */
export async function describe(path: string, context: ReadContext, gaps: StackOptions["gaps"]): Promise<Described> {
  const place = await seriesPlace(path);
  if (!place) return stackFiles([path], { path, gaps }, context);
  const { folder, uid } = place;
  const scan = await scanSeries(folder, context.signal);
  const { files } = chooseSeries(scan, folder, uid);
  // A file that comes to a folder may be one of the series'.
  for (const looked of scan.folders) await context.noteFile(looked);
  for (const file of files) await context.noteFile(file);
  return stackFiles(files, { path, gaps }, context);
}

async function stackFiles(
  files: readonly string[],
  options: StackOptions,
  { signal }: ReadContext,
): Promise<Described> {
  const images: DicomImage[] = [];
  for (const file of files) images.push(imageOf(await readDicomFile(file, signal)));
  return stackImages(images, options);
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
  const colours = { size: samples, isSpatial: false };
  const plane = [columns, rows].map((size) => ({ size, isSpatial: true }));
  const isApart = isPlanar && !isPacked(image);
  return [
    ...(isApart ? [...plane, colours] : [colours, ...plane]),
    ...(depth === undefined ? [] : [{ size: depth, isSpatial: true }]),
    { size: slices.length / (depth ?? 1), isSpatial: false },
  ];
}

/** Reads the pixels of a stack, file by file. */
export async function readStack(
  { stack, stored, path }: Described,
  context: Pick<ReadContext, "dtype" | "signal">,
): Promise<Volume> {
  const images = [...new Set(stack.slices.map(({ image }) => image))];
  for (const image of images) checkSize(image);
  const [first] = images;
  const length = first ? frameLength(first) : 0;
  const samples = reserve(targetOf(stack, stored, context.dtype), length * stack.slices.length, path);
  for (const image of images) {
    const pixels = await readPixels(image, context.signal);
    for (const [at, slice] of stack.slices.entries()) {
      if (slice.image !== image) continue;
      const frame = pixels.subarray(slice.frame * length, (slice.frame + 1) * length);
      samples.set(scaled(frame, slice.place.scaling, samples, image), at * length);
    }
  }
  const volume = toVolume(samples, stored, path);
  return stack.warnings.length > 0 ? volume.withMeta({ warnings: [...stack.warnings] }) : volume;
}

function targetOf({ slices }: Stack, { datatype }: StoredImage, dtype: Dtype | "auto"): Dtype {
  if (dtype !== "auto") return dtype;
  const kept = dtypes.find((known) => known === datatype.number && isIntegerDtype(known));
  return slices.some(({ place }) => place.scaling) ? "float32" : (kept ?? "float32");
}

function scaled(
  frame: TypedArray,
  scaling: Stack["slices"][number]["place"]["scaling"],
  target: TypedArray,
  { file }: DicomImage,
): TypedArray {
  const dtype = dtypeOf(target);
  const stored = dtypeOf(frame);
  if (!scaling && stored === dtype) return frame;
  const plan = { datatype: realDatatype(stored), littleEndian: true, count: frame.length, scaling, dtype };
  const decoder = makeDecoder({ ...plan, path: file.path });
  decoder.add(bytesOf(frame));
  return decoder.finish();
}

function reserve(dtype: Dtype, count: number, path: string): TypedArray {
  try {
    return allocate(dtype, count);
  } catch (cause) {
    throw new PipelineError("VOXRX_TOO_LARGE", `${count} samples of ${dtype} do not fit into memory`, {
      file: path,
      cause,
      remedy: "Give the process more memory, or read the series as a narrower dtype.",
    });
  }
}
