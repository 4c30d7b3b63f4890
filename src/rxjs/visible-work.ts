/** Sees from outside whether an RxJS operator is at work. */
import type { Operator, OperatorFunction, TeardownLogic, Unsubscribable } from "rxjs";
import { map, mergeMap, NEVER, Observable, type Subscriber } from "./observable.ts";

/** The subscriber of one operator, and the subscriptions that it holds: inner streams, timers, other sources. */
interface Link {
  readonly subscriber: object;
  readonly children: Set<object>;
  /** Children that are there while the operator rests. */
  resting: number;
}

/**
 * Watches the operators of one run. An operator of RxJS 7 adds each inner subscription and each timer to the subscriber
 * after it, with the public methods `add` and `remove`: it is at work while there are more of them than when it rests.
 * `lift` is how an operator is put after a source; the source made here keeps watching through it, so that each
 * operator of a composite is seen.
 *
 * Not counted: what leads to the source (an inner stream may be the source itself), and what comes while nothing is in
 * work (a second source that opens something, a notifier of `retryWhen` that the source's own error opens).
 */
export class WorkWatch {
  readonly #links = new Set<Link>();
  readonly #linkOf = new WeakMap<object, Link>();
  readonly #holderOf = new WeakMap<object, Link>();
  readonly #onLess: () => void;
  #inWork = false;

  /** `onLess` is called whenever something in work may have ended; the operator may still be in the middle of it. */
  constructor(onLess: () => void) {
    this.#onLess = onLess;
  }

  /** To be called before an item is handed over: what the operator starts from now on is work, until it rests. */
  begins(): void {
    this.#inWork = true;
  }

  /** Whether something is in work. To be asked when no operator is in the middle of anything. */
  isBusy(): boolean {
    for (const link of this.#links) {
      link.resting = Math.min(link.resting, link.children.size);
      if (link.children.size > link.resting) return true;
    }
    this.#inWork = false;
    return false;
  }

  /** An Observable whose operators are watched. */
  source<T>(subscribe: (subscriber: Subscriber<T>) => TeardownLogic): Observable<T> {
    return this.#lifting(
      new Observable<T>((subscriber) => {
        this.#leadsToSource(subscriber);
        return subscribe(subscriber);
      }),
    );
  }

  /** Watches a subscriber from before `subscribe` uses it. */
  watch<T>(subscriber: Subscriber<T>, subscribe: () => TeardownLogic): TeardownLogic {
    if (this.#linkOf.has(subscriber)) return subscribe();
    const link: Link = { subscriber, children: new Set(), resting: 0 };
    this.#links.add(link);
    this.#linkOf.set(subscriber, link);
    this.#countChildren(subscriber, link);
    subscriber.add(subscribe());
    link.resting = link.children.size;
    return undefined;
  }

  #countChildren<T>(subscriber: Subscriber<T>, link: Link): void {
    const { add, remove } = subscriber;
    add.call(subscriber, () => {
      this.#links.delete(link);
      this.#onLess();
    });
    subscriber.add = (child) => {
      add.call(subscriber, child);
      if (child === subscriber || !isLive(child) || link.children.has(child)) return;
      link.children.add(child);
      this.#holderOf.set(child, link);
      if (!this.#inWork) link.resting++;
    };
    subscriber.remove = (child) => {
      remove.call(subscriber, child);
      if (link.children.delete(child)) this.#onLess();
    };
  }

  #leadsToSource(subscriber: object): void {
    let child = subscriber;
    for (let link = this.#holderOf.get(child); link; link = this.#holderOf.get(child)) {
      link.children.delete(child);
      child = link.subscriber;
    }
  }

  #lifting<T>(observable: Observable<T>): Observable<T> {
    const lifted = <R>(source: Observable<T>, operator: Operator<T, R> | undefined): Observable<R> => {
      const after = new Observable<R>();
      after.source = source;
      if (operator) {
        after.operator = {
          call: (subscriber: Subscriber<R>, from: Observable<T>) =>
            this.watch(subscriber, () => operator.call(subscriber, from)),
        };
      }
      return this.#lifting(after);
    };
    // rxjs also calls this as a method of other Observables: it copies it onto connectable ones.
    observable.lift = function <R>(this: Observable<T>, operator?: Operator<T, R>) {
      return lifted(this, operator);
    };
    return observable;
  }
}

/** Whether the work of an operator that never ends its work is seen. */
export function seesWork(neverEnding: OperatorFunction<unknown, unknown>): boolean {
  const watch = new WorkWatch(() => undefined);
  const feeds: Subscriber<unknown>[] = [];
  const outputs = neverEnding(watch.source((subscriber) => void feeds.push(subscriber)));
  const subscription = new Observable((sink) => watch.watch(sink, () => outputs.subscribe(sink))).subscribe();
  const busyAtRest = watch.isBusy();
  watch.begins();
  for (const subscriber of feeds) subscriber.next(undefined);
  const busyAtWork = watch.isBusy();
  subscription.unsubscribe();
  return !busyAtRest && busyAtWork;
}

let seen: boolean | undefined;

/** Whether this rxjs lets work be seen. Tried once; if it does not, a warning says so, once. */
export function canSeeWork(): boolean {
  seen ??= tried();
  return seen;
}

function tried(): boolean {
  const busy = mergeMap(() => NEVER);
  if (seesWork(busy) && seesWork((source) => source.pipe(busy, map(String)))) return true;
  const said =
    "This version of rxjs does not show the work of its operators: operators that work asynchronously will be fed without a bound inside Dataset.pipe.";
  if (typeof process === "undefined") console.warn(said);
  else process.emitWarning(said, { code: "VOXRX_RXJS_UNSEEN" });
  return false;
}

function isLive(child: TeardownLogic): child is Unsubscribable {
  return typeof child === "object" && child !== null && "closed" in child && child.closed === false;
}
