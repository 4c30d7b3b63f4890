/**
 * For your own operators, formats and stores: how to declare them, and the conformance suites that check them.
 *
 * @module voxrx/extend
 */
export * as v from "valibot";
export type { ByteBackend, ListedBytes } from "./cache/byte-backend.ts";
export { readRegion } from "./cache/read-region.ts";
export type {
  DamageReport,
  Store,
  StoreAnswer,
  StoreRegionRequest,
  StoreRequest,
  StoreStats,
  VerifyReport,
} from "./cache/store.ts";
export { type StoreOverOptions, storeOver } from "./cache/store-over.ts";
export { type BrokenPromise, type Check, type CheckReport, runChecks } from "./conformance/checks.ts";
export { type FormatCheckOptions, type FormatKeeps, formatChecks } from "./conformance/format-checks.ts";
export { type DeclaredSubject, type OperatorSubject, operatorChecks } from "./conformance/operator-checks.ts";
export { type MakeStore, type StoreCheckOptions, storeChecks } from "./conformance/store-checks.ts";
export { defineFormat, type FormatDeclaration } from "./format/define-format.ts";
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
export type { Draw } from "./item/origin.ts";
export type { KeysOf, KeysWith, OneOrMore, RecordWith } from "./item/record-types.ts";
export type { StoredItem } from "./item/stored-item.ts";
export { type DeclaredFactory, declarationOf, type OperatorDeclaration } from "./operator/declared-factory.ts";
export type { BareKeys, FieldNames, FieldsOf, OnFields, OnVolumes, VolumeOperator } from "./operator/field-types.ts";
export { fieldOf, volumeOf } from "./operator/fields.ts";
export {
  type FlowCursor,
  type FlowDeclaration,
  type FlowIndex,
  type FlowOperator,
  type FlowStart,
  flowOperator,
  type StageOperatorDeclaration,
  stageOperator,
} from "./operator/flow-operator.ts";
export { type AddsFields, type ItemDeclaration, type ItemOperator, itemOperator } from "./operator/item-operator.ts";
export type { Checked, Rule, ShapeFor, TiedTo } from "./operator/option-types.ts";
export { type PartsContext, type PartsDeclaration, partsOperator } from "./operator/parts-operator.ts";
export type { Upstream } from "./operator/upstream.ts";
export {
  type RandomOptions,
  type RandomVolumeDeclaration,
  randomVolumeOperator,
  type VolumeBasics,
  type VolumeContext,
  type VolumeDeclaration,
  volumeOperator,
} from "./operator/volume-operator.ts";
export {
  bytesSchema,
  countSchema,
  functionSchema,
  integerSchema,
  keysSchema,
  numberSchema,
  type PerFieldOptions,
  perField,
  probabilitySchema,
  roiSizeSchema,
  valueFor,
} from "./options.ts";
export { type DeclaredIndex, declareStage, type OwnIndex, type StageDeclaration } from "./plan/declared-stage.ts";
export type { ItemContext } from "./plan/item-context.ts";
export type { IndexedOperator, Operator, Piped, SameOperator } from "./plan/operator-types.ts";
export { orStart, readPosition, unlessStart, withState } from "./plan/position.ts";
export {
  type Cursor,
  type Entry,
  findIndex,
  type IndexView,
  indexOf,
  type OpenCursor,
  open,
  type Position,
  positionIn,
  type Run,
  type Stage,
  type StageText,
} from "./plan/stage.ts";
export type { FunctionContext, FunctionOptions } from "./plan/user-function.ts";
export type { RegionRequest, SpatialGrid, ValueFunction } from "./plan/volume-traits.ts";
export type { Region } from "./volume/region.ts";
export type { Answered, CacheOutcome, Outcome, Watch, WatchedPart, WorkedParts } from "./watch/watch.ts";
