/**
 * The public API of the engine.
 *
 * @module voxrx
 */
import { registerDisplayer } from "./display.ts";

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
  StoreRegionRequest,
  StoreRequest,
  StoreStats,
  VerifyReport,
} from "./cache/store.ts";
export { tieredStore } from "./cache/tiered-store.ts";
export type { Checkpoint } from "./checkpoint/checkpoint.ts";
export { mergeCheckpoints } from "./checkpoint/merge-checkpoints.ts";
export {
  type CollectOptions,
  type ConsumeOptions,
  Dataset,
  type DatasetInput,
  IndexedDataset,
  type LookOptions,
} from "./dataset.ts";
export * from "./errors.ts";
export type { FileIdentity } from "./files/file-identity.ts";
export type { FormatDeclaration } from "./format/define-format.ts";
export { type DicomSeriesOptions, readDicomSeries } from "./format/dicom/read-series.ts";
export type { VolumeKeyword } from "./format/dicom/volume-keys.ts";
export { type FolderLayout, folderLayout } from "./format/folder-layout.ts";
export type {
  DecodeContext,
  EncodeContext,
  EncodedBytes,
  Format,
  ImageHeader,
  ReadContext,
  WriteContext,
  WriteOptions,
} from "./format/format.ts";
export { registerFormat } from "./format/format-registry.ts";
export { type EncodeOptions, encodeNifti, writeNifti } from "./format/nifti/encode-nifti.ts";
export { type DecodeOptions, decodeVolume, type ReadOptions, readHeader, readVolume } from "./format/read-volume.ts";
export { type SavedExtension, type SaveImageOptions, saveImage } from "./format/save-image.ts";
export {
  type DownloadedFile,
  type DownloadFileOptions,
  type DownloadProgress,
  downloadFile,
  type TransferOptions,
} from "./http/download-file.ts";
export { identifyFile } from "./http/identify-file.ts";
export type { EpochDigest } from "./inspect/digest-items.ts";
export type { WarmProgress, WarmResult } from "./inspect/fill-caches.ts";
export type { Forecast } from "./inspect/forecast.ts";
export type { Headroom } from "./inspect/headroom.ts";
export type { SampleOptions, WarmOptions } from "./inspect/inspectable.ts";
export type { ItemReport, ReportedCache, ReportedFile, ReportedStep } from "./inspect/item-report.ts";
export { type OpenTelemetryOptions, openTelemetry } from "./inspect/open-telemetry.ts";
export { type CacheDiff, type DrawDiff, diff, type PlanDiff, type StepDiff } from "./inspect/plan-diff.ts";
export type { OptionChange } from "./inspect/plan-steps.ts";
export type { ProgressReport } from "./inspect/progress-report.ts";
export type { Draw } from "./item/origin.ts";
export { type Origin, originOf } from "./item/origin.ts";
export type { StoredItem } from "./item/stored-item.ts";
export { limitMemory } from "./memory/budget.ts";
export type { IndexedOperator, Operator, Piped, SameOperator } from "./plan/operator-types.ts";
export type { ShareOptions } from "./plan/share-stage.ts";
export type { SourceContext, SourceOptions } from "./plan/source-stages.ts";
export type { Bottleneck } from "./profile/bottleneck.ts";
export type { Profile } from "./profile/profile.ts";
export type { StageProfile, TransformProfile } from "./profile/stage-profile.ts";
export { Random, type Seed } from "./random/random.ts";
export type { SplitRng } from "./random/split-random.ts";
export { type RankFromEnvOptions, type RankInfo, rankFromEnv } from "./rank-from-env.ts";
export type { RunIterator, RunOptions } from "./run.ts";
export type { Overflow, PushOptions } from "./rxjs/push-stage.ts";
export type { Dtype, ReadonlySamples, Samples, TypedArray } from "./samples.ts";
export { type AnimateOptions, animate } from "./show/animate.ts";
export { type CompareOptions, compare } from "./show/compare.ts";
export { Figure, type FigureType } from "./show/figure.ts";
export { type HistogramOptions, histogram } from "./show/histogram-figure.ts";
export type { Convention, Plane } from "./show/plane-view.ts";
export { show } from "./show/show.ts";
export type { ShowOptions, SliceOptions } from "./show/show-options.ts";
export type { Affine, AffineLike } from "./volume/affine-matrix.ts";
export type { PatchMeta } from "./volume/patch-grid.ts";
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
export { type ModelOutput, type TensorOfOptions, tensorOf } from "./volume/tensor-of.ts";
export { type Applied, type Layout, Volume, type VolumeInit, type VolumeMeta } from "./volume/volume.ts";
export { onWarning, type Warning, type WarningCode } from "./warnings.ts";

registerDisplayer(() => import("./show/notebook-bundle.ts").then(({ notebookBundle }) => notebookBundle));
