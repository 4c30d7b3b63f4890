/** The elements of a DICOM dataset as JavaScript values. */
import { type Element, ElementReader, type Elements } from "./parse-elements.ts";

/** The tags used by VoxRx, by DICOM keyword (PS3.6). */
const tags = {
  TransferSyntaxUID: 0x00020010,
  SpecificCharacterSet: 0x00080005,
  ImageType: 0x00080008,
  SOPClassUID: 0x00080016,
  SOPInstanceUID: 0x00080018,
  StudyDate: 0x00080020,
  Modality: 0x00080060,
  Manufacturer: 0x00080070,
  StudyDescription: 0x00081030,
  SeriesDescription: 0x0008103e,
  PatientName: 0x00100010,
  PatientID: 0x00100020,
  PatientBirthDate: 0x00100030,
  PatientSex: 0x00100040,
  BodyPartExamined: 0x00180015,
  SliceThickness: 0x00180050,
  EchoNumbers: 0x00180086,
  SpacingBetweenSlices: 0x00180088,
  TriggerTime: 0x00181060,
  ImagerPixelSpacing: 0x00181164,
  NominalScannedPixelSpacing: 0x00182010,
  ProtocolName: 0x00181030,
  StudyInstanceUID: 0x0020000d,
  SeriesInstanceUID: 0x0020000e,
  SeriesNumber: 0x00200011,
  AcquisitionNumber: 0x00200012,
  InstanceNumber: 0x00200013,
  ImagePositionPatient: 0x00200032,
  ImageOrientationPatient: 0x00200037,
  TemporalPositionIdentifier: 0x00200100,
  PlanePositionSequence: 0x00209113,
  PlaneOrientationSequence: 0x00209116,
  SamplesPerPixel: 0x00280002,
  PhotometricInterpretation: 0x00280004,
  PlanarConfiguration: 0x00280006,
  NumberOfFrames: 0x00280008,
  Rows: 0x00280010,
  Columns: 0x00280011,
  PixelSpacing: 0x00280030,
  BitsAllocated: 0x00280100,
  BitsStored: 0x00280101,
  HighBit: 0x00280102,
  PixelRepresentation: 0x00280103,
  RescaleIntercept: 0x00281052,
  RescaleSlope: 0x00281053,
  PixelMeasuresSequence: 0x00289110,
  PixelValueTransformationSequence: 0x00289145,
  SiemensMosaicImages: 0x0019100a,
  SiemensImageHeader: 0x00291010,
  GridFrameOffsetVector: 0x3004000c,
  DoseGridScaling: 0x3004000e,
  SharedFunctionalGroupsSequence: 0x52009229,
  PerFrameFunctionalGroupsSequence: 0x52009230,
} as const;

/** A keyword of {@link tags}. */
export type Keyword = keyof typeof tags;

/** Access to the values of elements. A missing or malformed value is undefined. */
export class DicomDataset {
  readonly #elements: Elements;
  readonly #path: string;

  constructor(elements: Elements, path: string) {
    this.#elements = elements;
    this.#path = path;
  }

  /** The bytes of a value. */
  bytes(keyword: Keyword): Uint8Array | undefined {
    return this.#element(keyword)?.value;
  }

  /** A string without its padding; multiple values are still joined by `\`. */
  text(keyword: Keyword): string | undefined {
    const value = this.bytes(keyword);
    if (!value) return undefined;
    const set = this.bytes("SpecificCharacterSet");
    const isUtf8 = set !== undefined && Buffer.from(set).toString("latin1").includes("ISO_IR 192");
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString(isUtf8 ? "utf8" : "latin1");
    return text.replace(/[\0 ]+$/, "").trimStart() || undefined;
  }

  /** Decimal strings as numbers; undefined unless all are numbers and there are at least `count`. */
  decimals(keyword: Keyword, count = 1): number[] | undefined {
    const numbers = this.text(keyword)
      ?.split("\\")
      .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
    return numbers && numbers.length >= count && numbers.every(Number.isFinite) ? numbers : undefined;
  }

  /** The first decimal string as a number. */
  decimal(keyword: Keyword): number | undefined {
    return this.decimals(keyword)?.[0];
  }

  /** An unsigned 16-bit number. */
  short(keyword: Keyword): number | undefined {
    const element = this.#element(keyword);
    if (!element || element.value.length < 2) return undefined;
    const { buffer, byteOffset, byteLength } = element.value;
    return new DataView(buffer, byteOffset, byteLength).getUint16(0, element.syntax.littleEndian);
  }

  /** The items of a sequence; none if it is missing. */
  items(keyword: Keyword): DicomDataset[] {
    const element = this.#element(keyword);
    if (!element) return [];
    const items = new ElementReader(element.value, this.#path).items(element.syntax);
    return items.map((elements) => new DicomDataset(elements, this.#path));
  }

  #element(keyword: Keyword): Element | undefined {
    return this.#elements.get(tags[keyword]);
  }
}
