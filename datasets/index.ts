/**
 * Public datasets, data lists, and functions to split them.
 *
 * @module voxrx/datasets
 */

export type { ArchivedFile } from "../src/archive/tar-files.ts";
export { type BidsItem, type BidsOptions, bids } from "./bids.ts";
export { type CheckMissingFilesOptions, checkMissingFiles } from "./check-missing-files.ts";
export { type CrossValidated, type CrossValidationOptions, crossValidation } from "./cross-validation.ts";
export { type ColumnType, type CsvOptions, type CsvRow, csv, type OpenRow } from "./csv.ts";
export { type DatalistItem, type DatalistOptions, datalist, type LabeledDatalistItem } from "./datalist.ts";
export {
  type Decathlon,
  type DecathlonItem,
  type DecathlonOptions,
  type DecathlonProperties,
  decathlon,
} from "./decathlon.ts";
export { type DecathlonTask, type DecathlonTaskName, decathlonTasks } from "./decathlon-tasks.ts";
export {
  type DatasetDefinition,
  defineDataset,
  type FoundFiles,
  type OfParams,
  type PublicDatasetOptions,
  type PublishedChecksum,
  type PublishedSource,
} from "./define-dataset.ts";
export { type DicomFolderOptions, type DicomItem, dicomFolder } from "./dicom-folder.ts";
export { type ClassifiedImage, type ImageFolderOptions, imageFolder } from "./image-folder.ts";
export { type IxiItem, type IxiModality, type IxiOptions, ixi } from "./ixi.ts";
export { type ListShardsOptions, listShards } from "./list-shards.ts";
export { type MedNist, type MedNistOptions, medNist, medNistClasses } from "./med-nist.ts";
export { type NpzItem, type NpzOptions, type NpzRow, npz } from "./npz.ts";
export { type PartitionOptions, partition } from "./partition.ts";
export { type PhantomItem, type PhantomsOptions, phantoms } from "./phantoms.ts";
export {
  type IndexedShardsOptions,
  type ReadShardsOptions,
  readShards,
  type ShardDecoder,
  type ShardItem,
  type ShardShuffle,
} from "./read-shards.ts";
export {
  type DirectoryItem,
  type LabeledDirectoryItem,
  type OpenDirectoryOptions,
  openDirectory,
  type RecognizedDirectory,
  recognizeDirectory,
} from "./recognize-directory.ts";
export { type ResampleDatalistOptions, resampleDatalist } from "./resample-datalist.ts";
export { type SectionOptions, type SectionRule, type Sections, sections } from "./sections.ts";
export { selectFolds } from "./select-folds.ts";
export type { SectionName } from "./split-manifest.ts";
export { type TarEntriesOptions, tarEntries } from "./tar-entries.ts";
