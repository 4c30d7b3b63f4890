import type { OperatorFunction } from "rxjs";
import { EventLoopTurns } from "../async/event-loop-turn.ts";
import { isPromise } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import { insideRun } from "../plan/inspection.ts";
import { isItemFailure } from "../plan/item-failure.ts";
import type { Cursor, Entry, OpenCursor } from "../plan/stage.ts";
import { from, Observable, type Subscriber } from "./observable.ts";
import { addWaiting, removeWaiting, type Waiting } from "./stall.ts";
import { startsTimer } from "./timer-watch.ts";
import { canSeeWork, WorkWatch } from "./visible-work.ts";

/** Outputs that can wait for the consumer: an operator that emits many at once cannot be paused. */
const maxQueued = 1_000_000;

/** The result of a pull upstream. */
type Pulled = { readonly entry: Entry<unknown> | undefined } | { readonly error: unknown };

/** One subscription that the operator made, and what feeds it. */
interface Upstream {
  readonly subscriber: Subscriber<unknown>;
  readonly cursor: OpenCursor<unknown>;
  pulling: boolean;
  /** Arrived, but not passed to the operator yet. */
  arrived: Pulled | undefined;
}

/** Options of a {@link BridgeCursor}. */
export interface BridgeCursorOptions {
  readonly ahead: number;
  /** Name in messages. */
  readonly name: string;
  /** Prefix of the ids of new items. */
  readonly idPrefix: string;
  /** Called when the operator starts a timer: its output may then depend on time. */
  readonly onTimer: () => void;
  /** Of the run that the operator is part of. */
  readonly signal: AbortSignal;
}

/** One run of an RxJS operator, pulled. */
export class BridgeCursor implements Cursor<unknown>, Waiting {
  readonly #open: () => OpenCursor<unknown>;
  readonly #operator: OperatorFunction<unknown, unknown>;
  readonly #ahead: number;
  readonly #name: string;
  readonly #onTimer: () => void;
  readonly #signal: AbortSignal;
  readonly #work = new WorkWatch(() => this.#wake());
  readonly #seesWork = canSeeWork();
  /** In the order in which they are fed. */
  readonly #upstreams = new Set<Upstream>();
  readonly #closings = new Set<Promise<void>>();
  readonly #outputs: Outputs;
  #sink: Subscriber<unknown> | undefined;
  #begun = false;
  #closed = false;
  #unanswered = 0;
  #ending: { readonly error: unknown } | "complete" | undefined;
  #errorThrown = false;
  /** The item that was passed to the operator last, until the operator is idle. */
  #current: string | undefined;
  #isPassing = false;
  #failedItem: string | undefined;
  #wake: () => void = () => undefined;

  constructor(
    open: () => OpenCursor<unknown>,
    operator: OperatorFunction<unknown, unknown>,
    { ahead, name, idPrefix, onTimer, signal }: BridgeCursorOptions,
  ) {
    this.#open = open;
    this.#operator = operator;
    this.#ahead = ahead;
    this.#name = name;
    this.#onTimer = onTimer;
    this.#signal = signal;
    this.#outputs = new Outputs(idPrefix);
  }

  /** The item that the operator failed at, if that can be known. */
  get item(): string | undefined {
    return this.#failedItem;
  }

  async next(): Promise<Entry<unknown> | undefined> {
    this.#begin();
    const turns = new EventLoopTurns(); // an operator may drop every item that it is fed
    for (;;) {
      const canFeed = this.#canFeed();
      const entry = this.#outputs.take();
      if (entry) return entry;
      if (this.#closed) return undefined;
      if (this.#ending) return this.#end(this.#ending);
      if (!(canFeed && this.#feed())) await this.#waitForChange();
      const turn = turns.ifDue();
      if (turn) await turn;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#outputs.clear();
    try {
      this.#sink?.unsubscribe();
      this.#work.end();
      // An operator of the user's own, which isn't watched.
      for (const { subscriber } of [...this.#upstreams]) subscriber.unsubscribe();
    } finally {
      for (const upstream of this.#upstreams) this.#release(upstream);
      this.#wake();
      await Promise.all(this.#closings);
    }
  }

  stalled(): void {
    this.#finish({ error: stalled(this.#name, this.#ahead, this.#unanswered) });
  }

  #begin(): void {
    if (this.#begun || this.#closed) return;
    this.#begun = true;
    if (startsTimer(() => insideRun(this.#signal, () => this.#subscribe()))) this.#onTimer();
  }

  #subscribe(): void {
    try {
      const outputs = from(this.#operator(this.#work.source((subscriber) => this.#attach(subscriber))));
      new Observable<unknown>((sink) => {
        this.#sink = sink;
        return this.#work.watch(sink, () => outputs.subscribe(sink));
      }).subscribe({
        next: (value) => this.#emit(value),
        error: (error: unknown) => {
          // With several items in work, it can't be known which one the operator failed at.
          if (this.#isPassing || this.#unanswered <= 1) this.#failedItem = this.#current;
          this.#finish({ error });
        },
        complete: () => this.#finish("complete"),
      });
    } catch (error) {
      this.#finish({ error });
    }
  }

  /** Called when the operator subscribes: at first, and again when it retries or repeats. */
  #attach(subscriber: Subscriber<unknown>): (() => void) | undefined {
    if (this.#closed) return undefined;
    const upstream: Upstream = { subscriber, cursor: this.#open(), pulling: false, arrived: undefined };
    this.#upstreams.add(upstream);
    this.#wake();
    return () => this.#release(upstream);
  }

  #release(upstream: Upstream): void {
    if (!this.#upstreams.delete(upstream)) return;
    const closing = upstream.cursor.close();
    this.#closings.add(closing);
    // A promise that rejected stays in the set, so that close() throws the error.
    closing.then(
      () => this.#closings.delete(closing),
      () => undefined,
    );
    this.#wake();
  }

  /** While the operator works, at least one item is unanswered. */
  #canFeed(): boolean {
    if (this.#seesWork && this.#work.isBusy()) return Math.max(1, this.#unanswered) < this.#ahead;
    this.#unanswered = 0;
    this.#current = undefined;
    return true;
  }

  /** Passes one item, or the end, to the operator if one is available without waiting. */
  #feed(): boolean {
    for (const upstream of this.#upstreams) {
      if (upstream.pulling) return false;
      const pulled = upstream.arrived ?? this.#pull(upstream);
      if (!pulled) return false;
      upstream.arrived = undefined;
      this.#pass(upstream, pulled);
      return true;
    }
    return false;
  }

  #pull(upstream: Upstream): Pulled | undefined {
    const onArrival = (pulled: Pulled): void => {
      upstream.pulling = false;
      upstream.arrived = pulled;
      this.#wake();
    };
    try {
      const next = upstream.cursor.next();
      if (!isPromise(next)) return { entry: next };
      upstream.pulling = true;
      next.then(
        (entry) => onArrival({ entry }),
        (error: unknown) => onArrival({ error }),
      );
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #pass(upstream: Upstream, pulled: Pulled): void {
    const { subscriber } = upstream;
    if ("error" in pulled || !pulled.entry) {
      this.#release(upstream);
      if ("error" in pulled) subscriber.error(pulled.error);
      else subscriber.complete();
      return;
    }
    if (this.#upstreams.size > 1) {
      this.#upstreams.delete(upstream);
      this.#upstreams.add(upstream);
    }
    this.#unanswered++;
    this.#outputs.remember(pulled.entry);
    this.#work.begins();
    const { id, value } = pulled.entry;
    this.#current = id;
    this.#isPassing = true;
    try {
      if (startsTimer(() => insideRun(this.#signal, () => subscriber.next(value)))) this.#onTimer();
    } finally {
      this.#isPassing = false;
    }
  }

  #emit(value: unknown): void {
    if (this.#outputs.length >= maxQueued) {
      this.#finish({ error: flooded(this.#name) });
      this.#sink?.unsubscribe();
      return;
    }
    this.#unanswered = Math.max(0, this.#unanswered - 1);
    this.#outputs.add(value);
    this.#wake();
  }

  #finish(ending: { readonly error: unknown } | "complete"): void {
    this.#ending ??= ending;
    this.#wake();
  }

  /** An item's failure ends an RxJS operator. A consumer that continues after it gets an error, not a silent end. */
  #end(ending: { readonly error: unknown } | "complete"): undefined {
    if (ending === "complete") return undefined;
    if (this.#errorThrown && isItemFailure(ending.error)) throw endedByItem(this.#name, ending.error);
    this.#errorThrown = true;
    throw ending.error;
  }

  async #waitForChange(): Promise<void> {
    const [first] = this.#upstreams;
    const onOperator = !first?.pulling;
    if (onOperator) addWaiting(this);
    await new Promise<void>((resolve) => (this.#wake = resolve));
    if (onOperator) removeWaiting(this);
  }
}

/**
 * What the operator emitted and the consumer has not taken yet. An output that is the same object as an input item
 * keeps that item's id.
 */
class Outputs {
  readonly #idPrefix: string;
  readonly #entries = new WeakMap<object, Entry<unknown>>();
  #queue: Entry<unknown>[] = [];
  #head = 0;
  #count = 0;

  constructor(idPrefix: string) {
    this.#idPrefix = idPrefix;
  }

  get length(): number {
    return this.#queue.length - this.#head;
  }

  remember(entry: Entry<unknown>): void {
    if (isObject(entry.value)) this.#entries.set(entry.value, entry);
  }

  add(value: unknown): void {
    const id = `${this.#idPrefix}${this.#count++}`;
    const known = isObject(value) ? this.#entries.get(value) : undefined;
    // An operator's progress can't be read, so its position is the number of its outputs.
    this.#queue.push({ ...(known ?? { id, index: -1, value }), next: this.#count });
  }

  take(): Entry<unknown> | undefined {
    const entry = this.#queue[this.#head];
    if (!entry) return undefined;
    this.#head++;
    if (this.#head === this.#queue.length) this.clear();
    return entry;
  }

  clear(): void {
    this.#queue = [];
    this.#head = 0;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function stalled(operator: string, ahead: number, unanswered: number): PipelineError {
  const items = unanswered === 1 ? "1 item is" : `${unanswered} items are`;
  const state = unanswered === 0 ? "what it began does not end" : `${items} unanswered`;
  const larger = Number.isFinite(ahead) ? Math.max(8, ahead * 4) : ahead;
  const more = `rxjs(operator, { ahead: ${larger} }), or ahead: Infinity`;
  return new PipelineError(
    "VOXRX_STALLED",
    `deadlock: the RxJS operator waits for input that it is not given: ${state}, with ahead ${ahead}`,
    {
      operator,
      remedy: `If it waits for later items, use ${more}. If it waits for another source, that source never answered.`,
    },
  );
}

function flooded(operator: string): PipelineError {
  return new PipelineError(
    "VOXRX_OVERRUN",
    `an operator emitted ${maxQueued} outputs that the consumer has not taken`,
    {
      operator,
      remedy: "Put an operator that ends it (take) right after it, or use flatMap of VoxRx instead, which is pulled.",
    },
  );
}

function endedByItem(operator: string, cause: unknown): PipelineError {
  return new PipelineError("VOXRX_TRANSFORM_FAILED", "an operator of RxJS ends at the first item that fails", {
    operator,
    cause,
    remedy: "Put onError before the RxJS operator.",
  });
}
