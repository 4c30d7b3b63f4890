/** The colors of DICOM pixels (PS3.3, C.7.6.3.1.2): YCbCr becomes RGB, wherever it is known what samples are. */
import { yccToRgb } from "../../kernels/unpack-pixels.ts";
import type { TypedArray } from "../../samples.ts";
import { unsupportedEncoding } from "../format-faults.ts";
import type { Codestream } from "./codestream.ts";
import type { DicomImage } from "./dicom-image.ts";
import { badElement, nameOfElement } from "./tags.ts";
import { codecOf, nameOfSyntax } from "./transfer-syntaxes.ts";

/** Samples of a pixel in each color space that is read, or refused below with a reason. */
const samplesOf: ReadonlyMap<string, number> = new Map([
  ...["MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"].map((name): [string, number] => [name, 1]),
  ...["RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_RCT", "YBR_ICT"].map(
    (name): [string, number] => [name, 3],
  ),
]);

/**
 * Refuses color spaces that can't be converted, as far as the elements tell.
 *
 * @throws FormatError `VOXRX_UNSUPPORTED_ENCODING`, `VOXRX_BAD_HEADER`
 */
export function checkColors(image: DicomImage): void {
  const { photometric, samples, columns, isPlanar, bits } = image;
  if (photometric === "" && samples === 1) return;
  const wanted = samplesOf.get(photometric);
  if (wanted === undefined) throw badColors(image, "it is not supported");
  if (wanted !== samples) {
    const fault = `is ${samples}, but ${nameOfElement("PhotometricInterpretation")} is ${photometric}`;
    throw badElement("SamplesPerPixel", fault, image.file.path);
  }
  if (samples !== 3 || !photometric.startsWith("YBR_") || photometric === "YBR_FULL") return;
  if (hasSharedColors(image)) {
    if (columns % 2 === 0 && !isPlanar && bits.allocated === 8) return;
    throw badColors(image, "pixels that share colors must be interleaved pairs of 8 bits");
  }
  const isDecoded = isPacked(image) && codecOf(image.file.transferSyntax) !== "RLE";
  if (photometric === "YBR_FULL_422" ? isDecoded || !isPacked(image) : isDecoded && isDecodedToRgb(photometric)) return;
  throw badColors(image, "it is not supported");
}

/** Whether frames are compressed, in fragments. */
export function isPacked({ file }: DicomImage): boolean {
  return file.pixels?.length === undefined;
}

/** Whether uncompressed pixels share colors in pairs: Y, Y, Cb, Cr. Some writers say so, but give each its own. */
export function hasSharedColors(image: DicomImage): boolean {
  const { photometric, samples, columns, rows, storedFrames, file } = image;
  if (samples !== 3 || photometric !== "YBR_FULL_422") return false;
  const { length } = file.pixels ?? {};
  return length !== undefined && length < columns * rows * samples * storedFrames;
}

/** Whether the samples of uncompressed or RLE pixels are YCbCr. */
export function isStoredYcc({ photometric, samples }: DicomImage): boolean {
  return samples === 3 && photometric.startsWith("YBR_FULL");
}

/**
 * Whether a decoder's samples of a frame are YCbCr.
 *
 * @throws FormatError `VOXRX_UNSUPPORTED_ENCODING` if the frame and the elements contradict each other
 */
export function isDecodedYcc(stream: Codestream, frame: number, image: DicomImage): boolean {
  const { photometric, samples } = image;
  if (samples !== 3) return false;
  const isYcc = photometric.startsWith("YBR_FULL");
  const { codec, colors } = stream;
  // Whatever the elements say, a JPEG frame with these markers was written by a program that follows them.
  if (codec === "JPEG" && colors) return colors === "YCbCr";
  const isDecoded = isDecodedToRgb(photometric);
  const isContradiction = colors === "RGB" ? isYcc : isDecoded;
  if (!isContradiction) return isYcc;
  const found = colors === "RGB" ? "transforms RGB itself" : "has no color transform";
  throw badColors(image, `the ${codec} header of frame ${frame + 1} ${found}`);
}

/** In these color spaces, the decoder of JPEG 2000 turns samples back into RGB. */
function isDecodedToRgb(photometric: string): boolean {
  return photometric === "YBR_RCT" || photometric === "YBR_ICT";
}

function badColors({ photometric, file }: DicomImage, why: string) {
  const name = nameOfElement("PhotometricInterpretation");
  const fault = `${name} is ${photometric || "missing"}: ${why}; ${nameOfSyntax(file.transferSyntax)}`;
  return unsupportedEncoding(fault, file.path, "Convert the file to RGB, or correct the element.");
}

/** Converts the pixels of one or more frames in place. */
export function toRgb(pixels: TypedArray, { columns, rows, bits }: DicomImage, isPlanar: boolean): void {
  const plane = columns * rows;
  for (let at = 0; at < pixels.length; at += 3 * plane) {
    const frame = pixels.subarray(at, at + 3 * plane);
    yccToRgb(frame, isPlanar ? 1 : 3, isPlanar ? plane : 1, bits.stored);
  }
}
