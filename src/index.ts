/** The engine's public face. */
export { type Bytes, formatBytes, parseBytes } from "./bytes.ts";
export {
  type CollectOptions,
  type ConsumeOptions,
  Dataset,
  type DatasetInput,
  IndexedDataset,
  type IndexedOperator,
  type LookOptions,
  type Operator,
} from "./dataset/dataset.ts";
export type { FieldOperator, FieldOptions, VolumeOperator, VolumeOrFields } from "./dataset/fields.ts";
export type { RunIterator, RunOptions } from "./dataset/iterator.ts";
export type { SameOperator } from "./dataset/operator.ts";
export { type Origin, originOf } from "./dataset/origin.ts";
export type { Overflow, PushOptions } from "./dataset/rxjs/push.ts";
export type { ShareOptions } from "./dataset/share.ts";
export type { SourceContext, SourceOptions } from "./dataset/sources.ts";
export type { Draw } from "./dataset/stage.ts";
export * from "./errors.ts";
export type { FileIdentity } from "./fingerprint/file.ts";
export { Random, type Seed } from "./random/random.ts";
export type {
  DamageReport,
  Store,
  StoreAnswer,
  StoredItem,
  StoreRequest,
  StoreStats,
  VerifyReport,
} from "./store/store.ts";
export type { Affine, AffineLike } from "./volume/affine.ts";
export type { Dtype, ReadonlySamples, TypedArray } from "./volume/samples.ts";
export { type Applied, type Layout, Volume, type VolumeInit, type VolumeMeta } from "./volume/volume.ts";
