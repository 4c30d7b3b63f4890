/** What tells the volumes of a series apart: the attributes of slices that can, with their values. */

import type { NumberVr } from "./element-numbers.ts";
import type { DicomDataset } from "./element-values.ts";
import { frameGroups } from "./frame-groups.ts";
import type { Slice } from "./slice.ts";
import { type Keyword, tags } from "./tags.ts";
import { firstNumbersOf, timeOf } from "./volume-key-values.ts";

/** The value of an attribute of one slice. */
export interface KeyValue {
  /** Volumes are sorted by it; equal values have the same. */
  readonly order: readonly (number | string)[];
  /** For `meta.header`. */
  readonly shown: number | string | readonly (number | string)[];
}

/** An attribute that may tell volumes apart. */
export interface VolumeKey {
  /**
   * `counter`: grows in the course of the acquisition, so that its order tells volumes apart even if no two slices have
   * the same value. `contrast`: what the image shows; one volume has one value.
   */
  readonly kind: "counter" | "contrast";
  /** Undefined if the file does not have it. */
  read(slice: Slice): KeyValue | undefined;
}

/** DICOM keyword of an attribute that can tell the volumes of a series apart. */
export type VolumeKeyword =
  | "TemporalPositionIdentifier"
  | "TriggerTime"
  | "EchoNumbers"
  | "EchoTime"
  | "InversionTime"
  | "FlipAngle"
  | "RepetitionTime"
  | "DiffusionBValue"
  | "DiffusionGradientOrientation"
  | "ImageType"
  | "ComplexImageComponent"
  | "ReferencedSegmentNumber"
  | "DimensionIndexValues"
  | "SeriesNumber"
  | "SeriesDescription"
  | "FrameReferenceTime"
  | "AcquisitionNumber"
  | "AcquisitionDateTime"
  | "AcquisitionTime"
  | "ContentTime"
  | "InstanceNumber";

type Groups = readonly DicomDataset[];

/** The attributes by DICOM keyword, in the order in which they are tried. */
export const volumeKeys: Readonly<Record<VolumeKeyword, VolumeKey>> = {
  TemporalPositionIdentifier: counter(
    number("TemporalPositionIndex", "UL", "FrameContentSequence"),
    number("TemporalPositionIdentifier", "IS"),
  ),
  TriggerTime: counter(
    number("NominalCardiacTriggerDelayTime", "FD", "CardiacSynchronizationSequence"),
    number("TriggerTime", "DS"),
  ),
  EchoNumbers: contrast(number("EchoNumbers", "IS")),
  EchoTime: contrast(number("EffectiveEchoTime", "FD", "MREchoSequence"), number("EchoTime", "DS")),
  InversionTime: contrast(number("InversionTimes", "FD", "MRModifierSequence"), number("InversionTime", "DS")),
  FlipAngle: contrast(number("FlipAngle", "DS", "MRTimingAndRelatedParametersSequence"), number("FlipAngle", "DS")),
  RepetitionTime: contrast(
    number("RepetitionTime", "DS", "MRTimingAndRelatedParametersSequence"),
    number("RepetitionTime", "DS"),
  ),
  DiffusionBValue: contrast(
    number("DiffusionBValue", "FD", "MRDiffusionSequence"),
    number("DiffusionBValue", "FD"),
    ofVendor("PrivateCreator19", /siemens/i, number("SiemensBValue", "IS")),
    ofVendor("PrivateCreator2001", /philips/i, number("PhilipsBValue", "FL")),
    ofVendor("PrivateCreator43", /^GE/i, geBValue),
  ),
  DiffusionGradientOrientation: contrast(
    (groups, path) => {
      const [diffusion] = itemsOf(groups, "MRDiffusionSequence");
      const inner = diffusion?.items("DiffusionGradientDirectionSequence") ?? [];
      return direction("DiffusionGradientOrientation")(inner, path);
    },
    direction("DiffusionGradientOrientation"),
    ofVendor("PrivateCreator19", /siemens/i, direction("SiemensGradientDirection")),
    ofVendor("PrivateCreator19", /^GE/i, axes("DS", "GEGradientX", "GEGradientY", "GEGradientZ")),
    ofVendor("PrivateCreator2005", /philips/i, axes("FL", "PhilipsGradientX", "PhilipsGradientY", "PhilipsGradientZ")),
  ),
  ImageType: contrast(
    words("FrameType", "MRImageFrameTypeSequence"),
    words("FrameType", "CTImageFrameTypeSequence"),
    words("FrameType", "PETFrameTypeSequence"),
    words("ImageType"),
  ),
  ComplexImageComponent: contrast(
    words("ComplexImageComponent", "MRImageFrameTypeSequence"),
    words("ComplexImageComponent"),
    ofVendor("PrivateCreator43", /^GE/i, geComponent),
  ),
  ReferencedSegmentNumber: contrast(number("ReferencedSegmentNumber", "US", "SegmentIdentificationSequence")),
  DimensionIndexValues: contrast(dimensionIndices),
  // Two series that were given one UID.
  SeriesNumber: contrast(number("SeriesNumber", "IS")),
  SeriesDescription: contrast(words("SeriesDescription")),
  FrameReferenceTime: counter(number("FrameReferenceTime", "DS")),
  AcquisitionNumber: counter(
    number("FrameAcquisitionNumber", "US", "FrameContentSequence"),
    number("AcquisitionNumber", "IS"),
  ),
  AcquisitionDateTime: counter(
    (groups, path) => time("FrameAcquisitionDateTime")(itemsOf(groups, "FrameContentSequence"), path),
    time("AcquisitionDateTime"),
  ),
  AcquisitionTime: counter(time("AcquisitionTime", "AcquisitionDate")),
  ContentTime: counter(time("ContentTime", "ContentDate")),
  InstanceNumber: { kind: "counter", read: instanceNumber },
};

/** The keywords, in the order in which they are tried. */
export const volumeKeywords: readonly VolumeKeyword[] = Object.keys(volumeKeys).filter(isVolumeKeyword);

/** Whether a string is one of {@link volumeKeywords}. */
export function isVolumeKeyword(name: string): name is VolumeKeyword {
  return Object.hasOwn(volumeKeys, name);
}

/** Negative, 0 or positive as for `Array.sort`. A slice without a value comes first. */
export function compareValues(a: KeyValue | undefined, b: KeyValue | undefined): number {
  const left = a?.order ?? [];
  const right = b?.order ?? [];
  for (let n = 0; n < Math.min(left.length, right.length); n++) {
    const [one = 0, other = 0] = [left[n], right[n]];
    if (one !== other) return one < other ? -1 : 1;
  }
  return left.length - right.length;
}

/** Reads an attribute in one of the ways in which it is written. */
type Read = (groups: Groups, path: string) => KeyValue | undefined;

function counter(...ways: readonly Read[]): VolumeKey {
  return { kind: "counter", read: (slice) => firstOf(ways, slice) };
}

function contrast(...ways: readonly Read[]): VolumeKey {
  return { kind: "contrast", read: (slice) => firstOf(ways, slice) };
}

function firstOf(ways: readonly Read[], { image, frame }: Slice): KeyValue | undefined {
  const groups = frameGroups(image, frame);
  for (const read of ways) {
    const value = read(groups, image.file.path);
    if (value) return value;
  }
  return undefined;
}

/** The first items of a sequence in the groups of a frame. */
function itemsOf(groups: Groups, sequence: Keyword): Groups {
  return groups.flatMap((group) => group.items(sequence).slice(0, 1));
}

function number(keyword: Keyword, vr: NumberVr, sequence?: Keyword): Read {
  return (groups, path) => {
    for (const holder of sequence ? itemsOf(groups, sequence) : groups) {
      const numbers = firstNumbersOf(holder, keyword, { vr, count: 1, path });
      if (numbers) return { order: numbers, shown: numbers[0] ?? 0 };
    }
    return undefined;
  };
}

function direction(keyword: Keyword): Read {
  return (groups, path) => {
    for (const holder of groups) {
      const numbers = firstNumbersOf(holder, keyword, { vr: "FD", count: 3, path });
      if (numbers) return { order: numbers, shown: numbers };
    }
    return undefined;
  };
}

/** A direction in three elements. */
function axes(vr: NumberVr, ...keywords: readonly Keyword[]): Read {
  return (groups, path) => {
    for (const holder of groups) {
      const numbers = keywords.flatMap((keyword) => firstNumbersOf(holder, keyword, { vr, count: 1, path }) ?? []);
      if (numbers.length === keywords.length) return { order: numbers, shown: numbers };
    }
    return undefined;
  };
}

/** Dimensions that are places: the position, and the numbers of positions and stacks. */
const spatialDimensions: readonly number[] = [
  ...[tags.ImagePositionPatient, tags.ImageOrientationPatient, tags.PlanePositionSequence],
  ...[tags.PlaneOrientationSequence, tags.StackID, tags.InStackPositionNumber],
];

/** The numbers of a frame in the dimensions of its file that are not places (PS3.3, C.7.6.17). */
function dimensionIndices(groups: Groups, path: string): KeyValue | undefined {
  const pointers = groups
    .at(-1)
    ?.items("DimensionIndexSequence")
    .map((item) => item.tagsIn("DimensionIndexPointer")[0]);
  const [content] = itemsOf(groups, "FrameContentSequence");
  if (!pointers || pointers.length === 0 || !content) return undefined;
  const all = firstNumbersOf(content, "DimensionIndexValues", { vr: "UL", count: pointers.length, path });
  const others = all?.filter((_, n) => !spatialDimensions.includes(pointers[n] ?? 0)) ?? [];
  return others.length > 0 ? { order: others, shown: others } : undefined;
}

// GE adds 1e9 to b-values in files of some versions (as dcm2niix reads them).
const geOffset = 1e9;

function geBValue(groups: Groups, path: string): KeyValue | undefined {
  const [value] = number("GEBValue", "IS")(groups, path)?.order ?? [];
  if (typeof value !== "number") return undefined;
  const b = value >= geOffset ? value - geOffset : value;
  return { order: [b], shown: b };
}

const components = ["MAGNITUDE", "PHASE", "REAL", "IMAGINARY"];
const letters = ["M", "P", "R", "I"];

function geComponent(groups: Groups, path: string): KeyValue | undefined {
  const [value] = number("GEImageComponent", "SS")(groups, path)?.order ?? [];
  const name = typeof value === "number" ? components[value] : undefined;
  return name === undefined ? undefined : { order: [components.indexOf(name)], shown: name };
}

/** Strings, sorted by the part of a complex number that they name: magnitude, phase, real, imaginary. */
function words(keyword: Keyword, sequence?: Keyword): Read {
  return (groups) => {
    for (const holder of sequence ? itemsOf(groups, sequence) : groups) {
      const given = holder
        .text(keyword)
        ?.split("\\")
        .map((word) => word.trim());
      if (!given) continue;
      const ranks = given.flatMap((word) => [components.indexOf(word), letters.indexOf(word)]);
      const rank = ranks.find((found) => found >= 0) ?? components.length;
      return { order: [rank, given.join("\\")], shown: given.length === 1 ? given.join() : given };
    }
    return undefined;
  };
}

function time(keyword: Keyword, dateKeyword?: Keyword): Read {
  return (groups, path) => {
    for (const holder of groups) {
      const microseconds = timeOf(holder, keyword, dateKeyword, path);
      if (microseconds !== undefined) return { order: [microseconds], shown: holder.text(keyword) ?? "" };
    }
    return undefined;
  };
}

// The number of a private element belongs to the vendor that the creator element names (PS3.5, 7.8.1). Anonymization may
// remove that element: the manufacturer then tells.
function ofVendor(creator: Keyword, vendor: RegExp, read: Read): Read {
  return (groups, path) => {
    const manufacturer = groups.at(-1)?.text("Manufacturer") ?? "";
    const own = groups.filter((group) => vendor.test(group.text(creator) ?? manufacturer));
    return read(own, path);
  };
}

/** Frames of one file follow each other in its order. */
function instanceNumber({ image, frame }: Slice): KeyValue | undefined {
  const { dataset, path } = image.file;
  const number = firstNumbersOf(dataset, "InstanceNumber", { vr: "IS", count: 1, path })?.[0];
  const isFrame = image.places.length > 1 && !image.mosaic;
  if (number === undefined && !isFrame) return undefined;
  return {
    order: isFrame ? [number ?? 0, frame] : [number ?? 0],
    shown: isFrame ? [number ?? 0, frame + 1] : (number ?? 0),
  };
}
