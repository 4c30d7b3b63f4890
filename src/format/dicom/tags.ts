/** The DICOM elements that VoxRx reads, and the errors about their values. */
import type { FormatError } from "../../errors.ts";
import { badHeader } from "../format-faults.ts";

/** The tags used by VoxRx, by DICOM keyword (PS3.6). */
export const tags = {
  TransferSyntaxUID: 0x00020010,
  SpecificCharacterSet: 0x00080005,
  ImageType: 0x00080008,
  SOPClassUID: 0x00080016,
  SOPInstanceUID: 0x00080018,
  StudyDate: 0x00080020,
  AcquisitionDate: 0x00080022,
  ContentDate: 0x00080023,
  AcquisitionDateTime: 0x0008002a,
  AcquisitionTime: 0x00080032,
  ContentTime: 0x00080033,
  Modality: 0x00080060,
  Manufacturer: 0x00080070,
  StudyDescription: 0x00081030,
  SeriesDescription: 0x0008103e,
  FrameType: 0x00089007,
  ComplexImageComponent: 0x00089208,
  PatientName: 0x00100010,
  PatientID: 0x00100020,
  PatientBirthDate: 0x00100030,
  PatientSex: 0x00100040,
  BodyPartExamined: 0x00180015,
  SliceThickness: 0x00180050,
  RepetitionTime: 0x00180080,
  EchoTime: 0x00180081,
  InversionTime: 0x00180082,
  EchoNumbers: 0x00180086,
  SpacingBetweenSlices: 0x00180088,
  ProtocolName: 0x00181030,
  TriggerTime: 0x00181060,
  ImagerPixelSpacing: 0x00181164,
  FlipAngle: 0x00181314,
  NominalScannedPixelSpacing: 0x00182010,
  FrameAcquisitionDateTime: 0x00189074,
  DiffusionGradientDirectionSequence: 0x00189076,
  InversionTimes: 0x00189079,
  EffectiveEchoTime: 0x00189082,
  DiffusionBValue: 0x00189087,
  DiffusionGradientOrientation: 0x00189089,
  MRTimingAndRelatedParametersSequence: 0x00189112,
  MREchoSequence: 0x00189114,
  MRModifierSequence: 0x00189115,
  MRDiffusionSequence: 0x00189117,
  CardiacSynchronizationSequence: 0x00189118,
  MRImageFrameTypeSequence: 0x00189226,
  PrivateCreator19: 0x00190010,
  SiemensMosaicImages: 0x0019100a,
  SiemensBValue: 0x0019100c,
  SiemensGradientDirection: 0x0019100e,
  GEGradientX: 0x001910bb,
  GEGradientY: 0x001910bc,
  GEGradientZ: 0x001910bd,
  StudyInstanceUID: 0x0020000d,
  SeriesInstanceUID: 0x0020000e,
  SeriesNumber: 0x00200011,
  AcquisitionNumber: 0x00200012,
  InstanceNumber: 0x00200013,
  ImagePositionPatient: 0x00200032,
  ImageOrientationPatient: 0x00200037,
  TemporalPositionIdentifier: 0x00200100,
  FrameContentSequence: 0x00209111,
  PlanePositionSequence: 0x00209113,
  PlaneOrientationSequence: 0x00209116,
  TemporalPositionIndex: 0x00209128,
  NominalCardiacTriggerDelayTime: 0x00209153,
  FrameAcquisitionNumber: 0x00209156,
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
  ModalityLUTSequence: 0x00283000,
  LUTDescriptor: 0x00283002,
  LUTData: 0x00283006,
  PixelMeasuresSequence: 0x00289110,
  PixelValueTransformationSequence: 0x00289145,
  SiemensImageHeader: 0x00291010,
  PrivateCreator43: 0x00430010,
  GEImageComponent: 0x0043102f,
  GEBValue: 0x00431039,
  DetectorInformationSequence: 0x00540022,
  FrameReferenceTime: 0x00541300,
  PrivateCreator2001: 0x20010010,
  PhilipsBValue: 0x20011003,
  PrivateCreator2005: 0x20050010,
  PhilipsGradientX: 0x200510b0,
  PhilipsGradientY: 0x200510b1,
  PhilipsGradientZ: 0x200510b2,
  GridFrameOffsetVector: 0x3004000c,
  DoseGridScaling: 0x3004000e,
  SharedFunctionalGroupsSequence: 0x52009229,
  PerFrameFunctionalGroupsSequence: 0x52009230,
} as const;

/** A keyword of {@link tags}. */
export type Keyword = keyof typeof tags;

/** A tag in the notation of the standard: `(0028,0010)`. */
export function notation(tag: number): string {
  const digits = tag.toString(16).padStart(8, "0").toUpperCase();
  return `(${digits.slice(0, 4)},${digits.slice(4)})`;
}

/** An element as messages name it: `Rows (0028,0010)`. */
export function nameOfElement(keyword: Keyword): string {
  return `${keyword} ${notation(tags[keyword])}`;
}

/** The error for an element whose value can't be used: `fault` continues a sentence that starts with its name. */
export function badElement(keyword: Keyword, fault: string, path: string): FormatError {
  return badHeader(
    `${nameOfElement(keyword)} ${fault}`,
    path,
    "Correct the element, for example with dcmodify or pydicom, or export the file again.",
  );
}
