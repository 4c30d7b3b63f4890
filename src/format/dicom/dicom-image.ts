/** The image of a DICOM file: how its pixels are stored, and the position of each frame in the patient. */
import { FormatError } from "../../errors.ts";
import { badHeader, unsupportedEncoding } from "../format-faults.ts";
import type { Datatype } from "../samples/datatypes.ts";
import { realDatatype } from "../samples/stored-image.ts";
import type { DicomFile } from "./dicom-file.ts";
import type { DicomDataset } from "./element-values.ts";
import { type FramePlace, placesOf, placesOfTiles } from "./frame-places.ts";
import { type Mosaic, mosaicOf } from "./mosaic.ts";
import type { PixelData } from "./parse-elements.ts";
import { badElement, type Keyword, notation } from "./tags.ts";

/** A file that contains an image. */
export interface DicomImage {
  readonly file: DicomFile;
  /** Columns of one frame of the volume; for a mosaic, of a tile. */
  readonly columns: number;
  readonly rows: number;
  readonly samples: number;
  readonly datatype: Datatype;
  readonly bits: { readonly allocated: number; readonly stored: number; readonly high: number };
  readonly isSigned: boolean;
  /** Whether the color samples are stored as separate planes. */
  readonly isPlanar: boolean;
  readonly photometric: string;
  /** Frames as stored: a mosaic is one. */
  readonly storedFrames: number;
  readonly mosaic: Mosaic | undefined;
  /** One for each frame, or tile. */
  readonly places: readonly FramePlace[];
}

const maxFrames = 1e6;

/** @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_BAD_AFFINE`, `VOXRX_UNSUPPORTED_DTYPE`, `VOXRX_UNSUPPORTED_ENCODING` */
export function imageOf(file: DicomFile): DicomImage {
  const { dataset, path, pixels } = file;
  const columns = dataset.short("Columns") ?? 0;
  const rows = dataset.short("Rows") ?? 0;
  if (!pixels) throw badHeader("the file contains no image: it has no pixel data", path, "Give a file with an image.");
  for (const keyword of ["Rows", "Columns"] as const) {
    const size = dataset.short(keyword);
    if (!size) throw badElement(keyword, size === 0 ? "is 0, so the file contains no image" : "is missing", path);
    // With a value representation that is not the standard's, it can be any number.
    if (size < 0 || size > 65535) throw badElement(keyword, `must be 1 to 65535, got ${size}`, path);
  }
  const storedFrames = dataset.integer("NumberOfFrames") ?? 1;
  if (!(storedFrames >= 1 && storedFrames <= maxFrames))
    throw badElement("NumberOfFrames", `must be 1 to ${maxFrames}, got ${storedFrames}`, path);
  const samples = dataset.short("SamplesPerPixel") ?? 1;
  if (samples < 1 || samples > 4) throw badElement("SamplesPerPixel", `must be 1 to 4, got ${samples}`, path);
  const bits = bitsOf(dataset, path);
  const isSigned = flagOf(dataset, "PixelRepresentation", path);
  const isPlanar = samples > 1 && flagOf(dataset, "PlanarConfiguration", path);
  const mosaic = storedFrames === 1 ? mosaicOf(dataset, columns, rows, path) : undefined;
  const frames = { dataset, frames: storedFrames, isSigned, path };
  return {
    file,
    columns: mosaic ? columns / mosaic.across : columns,
    rows: mosaic ? rows / mosaic.across : rows,
    samples,
    datatype: datatypeOf(pixels, bits.allocated, isSigned, path),
    bits,
    isSigned,
    isPlanar,
    photometric: dataset.text("PhotometricInterpretation") ?? "",
    storedFrames,
    mosaic,
    places: mosaic ? placesOfTiles(frames, mosaic, columns, rows) : placesOf(frames),
  };
}

function bitsOf(dataset: DicomDataset, path: string): DicomImage["bits"] {
  const allocated = dataset.short("BitsAllocated");
  if (allocated === undefined) throw badElement("BitsAllocated", "is missing", path);
  const stored = dataset.short("BitsStored") ?? allocated;
  const high = dataset.short("HighBit") ?? stored - 1;
  if (stored < 1 || high >= allocated || stored > high + 1) {
    throw badHeader(
      `the bit depths contradict each other: BitsStored ${stored}, HighBit ${high}, BitsAllocated ${allocated}`,
      path,
    );
  }
  return { allocated, stored, high };
}

/** An element that is 0 or 1; 0 if missing. */
function flagOf(dataset: DicomDataset, keyword: Keyword, path: string): boolean {
  const value = dataset.short(keyword) ?? 0;
  if (value === 0 || value === 1) return value === 1;
  throw badElement(keyword, `must be 0 or 1, got ${value}`, path);
}

/** Elements of pixels that are floats, and the bits of one (PS3.3, C.7.6.24 and C.7.6.25). */
const floatPixels: ReadonlyMap<number, number> = new Map([
  [0x7fe00008, 32],
  [0x7fe00009, 64],
]);
/** Value representations of floats. */
const floatVrs = ["OF", "OD"];

function datatypeOf({ tag, vr }: PixelData, allocated: number, isSigned: boolean, path: string): Datatype {
  const floatBits = floatPixels.get(tag);
  if (floatBits !== undefined) {
    if (allocated === floatBits) return realDatatype(floatBits === 32 ? "float32" : "float64");
    const fault = `must be ${floatBits} for the floats of element ${notation(tag)}, got ${allocated}`;
    throw badElement("BitsAllocated", fault, path);
  }
  if (floatVrs.includes(vr)) {
    const fault = `element ${notation(tag)} must hold integers, but has the value representation ${vr} of floats`;
    throw unsupportedEncoding(fault, path, "Write the pixels as Float Pixel Data (7FE0,0008) or as integers.");
  }
  if (allocated === 1 || allocated === 8) return realDatatype(isSigned && allocated === 8 ? "int8" : "uint8");
  if (allocated === 16) return realDatatype(isSigned ? "int16" : "uint16");
  if (allocated === 32) return realDatatype(isSigned ? "int32" : "uint32");
  throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `pixels of ${allocated} bits are not supported`, {
    file: path,
    remedy: "Convert the file to pixels of 8, 16 or 32 bits.",
  });
}
