/** What an operator is to the compiler. */
import type { Observable } from "rxjs";

/** A mark that exists for the compiler only: whether an index survives an operator. */
export declare const keepsIndex: unique symbol;

/**
 * What an operator gives: a Dataset at run time. The type says Observable, along which the compiler infers item types through any
 * mix of operators, with a mark that says whether an indexed dataset stays indexed.
 */
export type Piped<B, Kept = unknown> = Observable<B> & { readonly [keepsIndex]?: Kept };

/** An operator from items `A` to items `B`: every one of VoxRx's is a valid RxJS `OperatorFunction`, and the other way round. */
export type Operator<A, B, Kept = unknown> = (source: Observable<A>) => Piped<B, Kept>;

/** An operator after which an indexed dataset is still indexed. */
export type IndexedOperator<A, B> = Operator<A, B, true>;

/** An operator that gives items of the type that it takes, whatever that is. It may be kept in a variable and piped anywhere. */
export type SameOperator<Kept = true> = <T>(source: Observable<T>) => Piped<T, Kept>;

/** Whether every operator of a list keeps an index. */
export type AllKeep<Marks extends readonly unknown[]> = Marks extends readonly [infer First, ...infer Rest]
  ? unknown extends First
    ? false
    : [First] extends [true]
      ? AllKeep<Rest>
      : false
  : true;
