/** Detects from outside whether an RxJS operator is working. */
import type { Operator, OperatorFunction, TeardownLogic, Unsubscribable } from "rxjs";
import { warn } from "../warnings.ts";
import { map, mergeMap, NEVER, Observable, type Subscriber } from "./observable.ts";

/** The subscriber of one operator, and the subscriptions that it holds: inner streams, timers, other sources. */
interface Link {
  readonly subscriber: Unsubscribable;
  readonly children: Set<object>;
  /** Number of children while the operator is idle. */
  resting: number;
}

/**
 * Watches the operators of one run. An operator of RxJS 7 adds each inner subscription and each timer to the subscriber
 * after it, with the public methods `add` and `remove`: it is working while it has more of them than when idle. RxJS
 * puts an operator after a source with `lift`; the source made here keeps watching through it, so that each operator of
 * a composite is seen.
 *
 * Not counted: subscriptions that lead to the source (an inner stream may be the source itself), and those added while
 * nothing is in work (a second source that opens something, a notifier of `retryWhen` that the source's own error
 * opens).
 */
export class WorkWatch {
  readonly #links = new Set<Link>();
  readonly #linkOf = new WeakMap<object, Link>();
  readonly #holderOf = new WeakMap<object, Link>();
  readonly #onWorkEnded: () => void;
  #inWork = false;

  /**
   * `onWorkEnded` is called whenever something in work may have ended; the operator may still be in the middle of a
   * call.
   */
  constructor(onWorkEnded: () => void) {
    this.#onWorkEnded = onWorkEnded;
  }

  /**
   * Call this before an item is passed to the operator: what the operator starts from now on counts as work, until it
   * is idle.
   */
  begins(): void {
    this.#inWork = true;
  }

  /** Whether something is in work. Call this only when no operator is in the middle of a call. */
  isBusy(): boolean {
    for (const link of this.#links) {
      link.resting = Math.min(link.resting, link.children.size);
      if (link.children.size > link.resting) return true;
    }
    this.#inWork = false;
    return false;
  }

  /**
   * Ends all operators. Some go on after the last subscriber left (`shareReplay`), with the timers and inner streams of
   * those before them.
   */
  end(): void {
    for (const { subscriber } of [...this.#links]) subscriber.unsubscribe();
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

  /** Watches a subscriber, starting before `subscribe` uses it. */
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
      this.#onWorkEnded();
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
      if (link.children.delete(child)) this.#onWorkEnded();
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
    // rxjs copies this method onto connectable Observables, so `this` may be another Observable.
    observable.lift = function <R>(this: Observable<T>, operator?: Operator<T, R>) {
      return lifted(this, operator);
    };
    return observable;
  }
}

/** Whether the work of an operator that never finishes is detected. */
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

/** Whether work can be detected with this version of rxjs. Tried once; if it can't, there is one warning. */
export function canSeeWork(): boolean {
  seen ??= tryDetecting();
  return seen;
}

function tryDetecting(): boolean {
  const busy = mergeMap(() => NEVER);
  if (seesWork(busy) && seesWork((source) => source.pipe(busy, map(String)))) return true;
  warn({
    code: "VOXRX_RXJS_UNSEEN",
    message:
      "This version of rxjs hides the work of its operators: Dataset.pipe feeds asynchronous ones without a limit.",
  });
  return false;
}

function isLive(child: TeardownLogic): child is Unsubscribable {
  return typeof child === "object" && child !== null && "closed" in child && child.closed === false;
}
