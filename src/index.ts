/** The engine's public face. */
export {
  type ExtractArchiveOptions,
  type ExtractedArchive,
  type ExtractLimits,
  type ExtractProgress,
  extractArchive,
} from "./archive/extract.ts";
export { type Bytes, formatBytes, parseBytes } from "./bytes.ts";
export {
  type CollectOptions,
  type ConsumeOptions,
  Dataset,
  type DatasetInput,
  IndexedDataset,
  type LookOptions,
} from "./dataset/dataset.ts";
export type { RunIterator, RunOptions } from "./dataset/iterator.ts";
export type { IndexedOperator, Operator, Piped, SameOperator } from "./dataset/operator-types.ts";
export { type Origin, originOf } from "./dataset/origin.ts";
export type { Overflow, PushOptions } from "./dataset/rxjs/push.ts";
export type { ShareOptions } from "./dataset/share.ts";
export type { SourceContext, SourceOptions } from "./dataset/sources.ts";
export type { Draw } from "./dataset/stage.ts";
export * from "./errors.ts";
export { type FileIdentity, identifyFile } from "./fingerprint/file.ts";
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
export { type EncodeOptions, encodeNifti, writeNifti } from "./format/nifti/write.ts";
export { type SavedExtension, type SaveImageOptions, saveImage } from "./format/save.ts";
export { type MontageOptions, montage } from "./picture/montage.ts";
export { Random, type Seed } from "./random/random.ts";
export type { SplitRng } from "./random/split-random.ts";
export { type LmdbStoreOptions, lmdbStore } from "./store/lmdb.ts";
export { type MemoryStoreOptions, memoryStore } from "./store/memory.ts";
export type {
  DamageReport,
  Store,
  StoreAnswer,
  StoredItem,
  StoreRegionRequest,
  StoreRequest,
  StoreStats,
  VerifyReport,
} from "./store/store.ts";
export { tieredStore } from "./store/tiered.ts";
export {
  type DownloadedFile,
  type DownloadFileOptions,
  type DownloadProgress,
  downloadFile,
  type TransferOptions,
} from "./transfer/download.ts";
export type { Affine, AffineLike } from "./volume/affine.ts";
export type { Dtype, ReadonlySamples, Samples, TypedArray } from "./volume/samples.ts";
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
export type { WindowMeta } from "./volume/windows.ts";
