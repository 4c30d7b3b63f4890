/** The types of items in which the tensors of VoxRx are those of another library. */
import type { Observable } from "rxjs";
import type { Piped } from "../../../src/plan/operator-types.ts";
import type { AnyTensor } from "../../../src/volume/tensor.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** The type of an item `T` with an `X` in place of each tensor, in lists and nested records too. */
export type WithTensors<T, X> = T extends AnyTensor
  ? X
  : T extends readonly (infer E)[]
    ? number extends T["length"]
      ? WithTensors<E, X>[]
      : { [K in keyof T]: WithTensors<T[K], X> }
    : T extends Untouched
      ? T
      : { [K in keyof T]: WithTensors<T[K], X> };

/** What is passed on as it is. */
type Untouched =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | Volume
  | Date
  | ArrayBufferView
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ((...given: never) => unknown);

/** An operator that puts an `X` in place of each tensor. */
export type TensorOperator<X> = <T>(source: Observable<T>) => Piped<WithTensors<T, X>, true>;

/** Options of the operators that make tensors of a library. */
export interface LentTensorOptions {
  /**
   * Whether the tensors of an item are disposed when the consumer requests the next one, and when the run ends in
   * whatever way. False: they are yours to dispose. Default true.
   */
  readonly dispose?: boolean;
}
