/** Types of operators. */
import type { Observable } from "rxjs";

/** A mark that exists only for the compiler: whether an operator keeps the index. */
declare const keepsIndex: unique symbol;

/**
 * What an operator returns: a Dataset at run time. The type is Observable, because with it the compiler infers item
 * types through any mix of operators, plus a mark that says whether an indexed dataset stays indexed (true), or any becomes one ("made").
 */
export type Piped<B, Kept = unknown> = Observable<B> & { readonly [keepsIndex]?: Kept };

/**
 * An operator from items `A` to items `B`: every operator of VoxRx is a valid RxJS `OperatorFunction`, and the other
 * way round.
 */
export type Operator<A, B, Kept = unknown> = (source: Observable<A>) => Piped<B, Kept>;

/** An operator after which an indexed dataset is still indexed. */
export type IndexedOperator<A, B> = Operator<A, B, true>;

/** An operator that doesn't change the type of items. It can be stored in a variable and piped anywhere. */
export type SameOperator<Kept = true> = <T>(source: Observable<T>) => Piped<T, Kept>;

/**
 * What a list of operators does to the index: true if all keep it, "made" if one makes a new one and those after it keep
 * that, else false.
 */
export type KeptBy<Marks extends readonly unknown[]> = Marks extends readonly [...infer Rest, infer Last]
  ? unknown extends Last
    ? false
    : [Last] extends ["made"]
      ? "made"
      : [Last] extends [true]
        ? KeptBy<Rest>
        : false
  : true;
