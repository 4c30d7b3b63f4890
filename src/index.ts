/** The engine's public face. */
export {
  type ExtractArchiveOptions,
  type ExtractedArchive,
  type ExtractLimits,
  type ExtractProgress,
  extractArchive,
} from "./archive/extract-archive.ts";
export { type Bytes, formatBytes, parseBytes } from "./bytes.ts";
export { type LmdbStoreOptions, lmdbStore } from "./cache/lmdb/lmdb-store.ts";
export { type MemoryStoreOptions, memoryStore } from "./cache/memory-store.ts";
export type {
  DamageReport,
  Store,
  StoreAnswer,
  StoredItem,
  StoreRegionRequest,
  StoreRequest,
  StoreStats,
  VerifyReport,
} from "./cache/store.ts";
export { tieredStore } from "./cache/tiered-store.ts";
export {
  type CollectOptions,
  type ConsumeOptions,
  Dataset,
  type DatasetInput,
  IndexedDataset,
  type LookOptions,
} from "./dataset.ts";
export * from "./errors.ts";
export { type FileIdentity, identifyFile } from "./files/identify-file.ts";
export type { FormatDeclaration } from "./format/define-format.ts";
export { type DicomSeriesOptions, readDicomSeries } from "./format/dicom/read-series.ts";
export { type FolderLayout, folderLayout } from "./format/folder-layout.ts";
export {
  type DecodeContext,
  type DecodeOptions,
  decodeVolume,
  type EncodeContext,
  type EncodedBytes,
  type Format,
  type ImageHeader,
  type ReadContext,
  type ReadOptions,
  readHeader,
  readVolume,
  registerFormat,
  type WriteContext,
  type WriteOptions,
} from "./format/format.ts";
export { type EncodeOptions, encodeNifti, writeNifti } from "./format/nifti/encode-nifti.ts";
export { type SavedExtension, type SaveImageOptions, saveImage } from "./format/save-image.ts";
export {
  type DownloadedFile,
  type DownloadFileOptions,
  type DownloadProgress,
  downloadFile,
  type TransferOptions,
} from "./http/download-file.ts";
export { type Origin, originOf } from "./item/origin.ts";
export { type MontageOptions, montage } from "./montage.ts";
export type { IndexedOperator, Operator, Piped, SameOperator } from "./operator/operator-types.ts";
export type { ShareOptions } from "./plan/share-stage.ts";
export type { SourceContext, SourceOptions } from "./plan/source-stages.ts";
export type { Draw } from "./plan/stage.ts";
export { Random, type Seed } from "./random/random.ts";
export type { SplitRng } from "./random/split-random.ts";
export type { RunIterator, RunOptions } from "./run.ts";
export type { Overflow, PushOptions } from "./rxjs/push-stage.ts";
export type { Dtype, ReadonlySamples, Samples, TypedArray } from "./samples.ts";
export type { Affine, AffineLike } from "./volume/affine-matrix.ts";
export type { WindowMeta } from "./volume/patch-grid.ts";
export {
  isTensor,
  type Tensor,
  type TensorItem,
  type TensorLayout,
  type VolumeLayout,
  type VolumeTensor,
  volumeAt,
} from "./volume/tensor.ts";
export type { ToTensorOptions } from "./volume/tensor-layout.ts";
export { type Applied, type Layout, Volume, type VolumeInit, type VolumeMeta } from "./volume/volume.ts";
