/** What a project of its own declares: operators, formats and stores, and the suites that hold them to their promises. */
export { z } from "zod";
export { type BrokenPromise, type Check, type CheckReport, runChecks } from "./conformance/checks.ts";
export { type FormatCheckOptions, type FormatKeeps, formatChecks } from "./conformance/format-checks.ts";
export { type DeclaredSubject, type OperatorSubject, operatorChecks } from "./conformance/operator-checks.ts";
export { type MakeStore, type StoreCheckOptions, storeChecks } from "./conformance/store-checks.ts";
export { type DeclaredIndex, declareStage, type OwnIndex, type StageDeclaration } from "./dataset/declared-stage.ts";
export type { IndexedOperator, Operator, Piped, SameOperator } from "./dataset/operator-types.ts";
export { orStart, readPosition, unlessStart, withState } from "./dataset/position.ts";
export {
  type Cursor,
  type Draw,
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
  type Watch,
} from "./dataset/stage.ts";
export type { ItemContext } from "./dataset/transform.ts";
export type { FunctionContext, FunctionOptions } from "./dataset/user-function.ts";
export type { RegionRequest, SpatialGrid, ValueFunction } from "./dataset/volume-traits.ts";
export { defineFormat, type FormatDeclaration } from "./format/define-format.ts";
export {
  type DecodeContext,
  type EncodeContext,
  type EncodedBytes,
  type Format,
  type ImageHeader,
  type ReadContext,
  registerFormat,
  type WriteContext,
  type WriteOptions,
} from "./format/format.ts";
export { type DeclaredFactory, declarationOf, type OperatorDeclaration } from "./operator/declared-factory.ts";
export type {
  BareKeys,
  FieldNames,
  FieldsOf,
  KeysOf,
  KeysWith,
  OneOrMore,
  OnFields,
  OnVolumes,
  RecordWith,
  VolumeOperator,
} from "./operator/field-types.ts";
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
  type Upstream,
} from "./operator/flow-operator.ts";
export { type AddsFields, type ItemDeclaration, type ItemOperator, itemOperator } from "./operator/item-operator.ts";
export type { Checked, Rule, ShapeFor, TiedTo } from "./operator/option-types.ts";
export { type PartsContext, type PartsDeclaration, partsOperator } from "./operator/parts-operator.ts";
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
  keysSchema,
  perField,
  probabilitySchema,
  roiSizeSchema,
  valueFor,
} from "./options.ts";
export type { ByteBackend, ListedBytes } from "./store/byte-backend.ts";
export { readRegion } from "./store/read-region.ts";
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
export { type StoreOverOptions, storeOver } from "./store/store-over.ts";
export type { Region } from "./volume/region.ts";
