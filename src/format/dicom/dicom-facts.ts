/**
 * The `meta.header` of a DICOM image: facts about the image, none that identify the patient. In texts, `***` stands for
 * the patient's names, IDs and dates.
 */

import type { DicomImage } from "./dicom-image.ts";
import { decimalOf } from "./element-numbers.ts";
import { textWithoutPatient } from "./patient.ts";
import type { Stack } from "./stack.ts";
import type { Keyword } from "./tags.ts";

const textKeywords = [
  ...([
    "SOPClassUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "Manufacturer",
    "SeriesDescription",
  ] as const),
  ...(["ProtocolName", "BodyPartExamined"] as const),
] satisfies Keyword[];

/**
 * Facts of the first file by DICOM keyword, and what tells the volumes of a series apart. Elements missing from the file
 * are omitted.
 */
export function dicomFacts(image: DicomImage, files: number, stack: Stack): Record<string, unknown> {
  const { file, bits, samples, photometric, isSigned, mosaic } = image;
  const { dataset, transferSyntax } = file;
  const known = textKeywords.map((keyword) => [keyword, textWithoutPatient(dataset, keyword)] as const);
  const { scaling, between } = image.places[0] ?? {};
  const numbers = (["SliceThickness", "SpacingBetweenSlices"] as const).map(
    (keyword) => [keyword, dataset.decimal(keyword)] as const,
  );
  const series = textWithoutPatient(dataset, "SeriesNumber");
  const all = {
    ...Object.fromEntries([...known, ...numbers]),
    // Nothing depends on this number, so a malformed one is shown as written.
    SeriesNumber: series === undefined ? undefined : (decimalOf(series) ?? series),
    TransferSyntaxUID: transferSyntax,
    ImageType: textWithoutPatient(dataset, "ImageType")?.split("\\"),
    PhotometricInterpretation: photometric,
    SamplesPerPixel: samples,
    BitsAllocated: bits.allocated,
    BitsStored: bits.stored,
    PixelRepresentation: isSigned ? 1 : 0,
    RescaleSlope: scaling?.slope,
    RescaleIntercept: scaling?.inter,
    sliceDistance: between,
    files,
    frames: stack.slices.length,
    mosaicTiles: mosaic?.tiles,
    volumeBy: stack.volumes?.by,
    volumes: stack.volumes?.values,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
