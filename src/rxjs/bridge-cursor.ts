import type { OperatorFunction } from "rxjs";
import { isPromise, macrotask } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import { isItemFailure } from "../plan/item-failure.ts";
import type { Cursor, Entry, OpenCursor } from "../plan/stage.ts";
import { from, Observable, type Subscriber } from "./observable.ts";
import { type Waiting, waits, waitsNoMore } from "./stall.ts";
import { canSeeWork, WorkWatch } from "./visible-work.ts";

/**
 * Longest stretch, in ms, for which an operator that drops what it is fed keeps timers, I/O and aborts from having a
 * turn.
 */
const stretchMs = 8;

/** Outputs for one item that may wait for the consumer: what an operator emits in one go cannot be held back. */
const maxQueued = 1_000_000;

/** What a pull upstream gave. */
type Pulled = { readonly entry: Entry<unknown> | undefined } | { readonly error: unknown };

/** One subscription that the operator made, and what feeds it. */
interface Upstream {
  readonly subscriber: Subscriber<unknown>;
  readonly cursor: OpenCursor<unknown>;
  pulling: boolean;
  /** Arrived, and not handed over yet. */
  held: Pulled | undefined;
}

/** What a {@link BridgeCursor} knows besides its operator. */
export interface BridgeCursorOptions {
  readonly ahead: number;
  /** Name in messages. */
  readonly name: string;
  /** What the ids of new items begin with. */
  readonly mark: string;
}

/** One run of an RxJS operator, pulled. */
export class BridgeCursor implements Cursor<unknown>, Waiting {
  readonly #open: () => OpenCursor<unknown>;
  readonly #operator: OperatorFunction<unknown, unknown>;
  readonly #ahead: number;
  readonly #name: string;
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
  #said = false;
  #wake: () => void = () => undefined;

  constructor(
    open: () => OpenCursor<unknown>,
    operator: OperatorFunction<unknown, unknown>,
    { ahead, name, mark }: BridgeCursorOptions,
  ) {
    this.#open = open;
    this.#operator = operator;
    this.#ahead = ahead;
    this.#name = name;
    this.#outputs = new Outputs(mark);
  }

  async next(): Promise<Entry<unknown> | undefined> {
    this.#begin();
    let turn = performance.now();
    for (;;) {
      const mayFeed = this.#mayFeed();
      const entry = this.#outputs.take();
      if (entry) return entry;
      if (this.#closed) return undefined;
      if (this.#ending) return this.#end(this.#ending);
      if (!(mayFeed && this.#feed())) await this.#change();
      if (performance.now() - turn > stretchMs) {
        await macrotask();
        turn = performance.now();
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#outputs.clear();
    try {
      this.#sink?.unsubscribe();
    } finally {
      for (const upstream of this.#upstreams) this.#letGo(upstream);
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
    try {
      const outputs = from(this.#operator(this.#work.source((subscriber) => this.#attach(subscriber))));
      new Observable<unknown>((sink) => {
        this.#sink = sink;
        return this.#work.watch(sink, () => outputs.subscribe(sink));
      }).subscribe({
        next: (value) => this.#emit(value),
        error: (error: unknown) => this.#finish({ error }),
        complete: () => this.#finish("complete"),
      });
    } catch (error) {
      this.#finish({ error });
    }
  }

  /** The operator subscribes: at first, and again when it retries or repeats. */
  #attach(subscriber: Subscriber<unknown>): (() => void) | undefined {
    if (this.#closed) return undefined;
    const upstream: Upstream = { subscriber, cursor: this.#open(), pulling: false, held: undefined };
    this.#upstreams.add(upstream);
    this.#wake();
    return () => this.#letGo(upstream);
  }

  #letGo(upstream: Upstream): void {
    if (!this.#upstreams.delete(upstream)) return;
    const closing = upstream.cursor.close();
    this.#closings.add(closing);
    // A failure stays, and is thrown when the run is closed.
    closing.then(
      () => this.#closings.delete(closing),
      () => undefined,
    );
    this.#wake();
  }

  /** While it works, at least one item is unanswered. */
  #mayFeed(): boolean {
    if (this.#seesWork && this.#work.isBusy()) return Math.max(1, this.#unanswered) < this.#ahead;
    this.#unanswered = 0;
    return true;
  }

  /** Hands over one item, or the end, if there is one at once. */
  #feed(): boolean {
    for (const upstream of this.#upstreams) {
      if (upstream.pulling) return false;
      const pulled = upstream.held ?? this.#pull(upstream);
      if (!pulled) return false;
      upstream.held = undefined;
      this.#handOver(upstream, pulled);
      return true;
    }
    return false;
  }

  #pull(upstream: Upstream): Pulled | undefined {
    const arrived = (pulled: Pulled): void => {
      upstream.pulling = false;
      upstream.held = pulled;
      this.#wake();
    };
    try {
      const next = upstream.cursor.next();
      if (!isPromise(next)) return { entry: next };
      upstream.pulling = true;
      next.then(
        (entry) => arrived({ entry }),
        (error: unknown) => arrived({ error }),
      );
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #handOver(upstream: Upstream, pulled: Pulled): void {
    const { subscriber } = upstream;
    if ("error" in pulled || !pulled.entry) {
      this.#letGo(upstream);
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
    subscriber.next(pulled.entry.value);
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

  /**
   * An item's failure ends an RxJS operator. A consumer that goes on after it all the same gets an error, not a silent
   * end.
   */
  #end(ending: { readonly error: unknown } | "complete"): undefined {
    if (ending === "complete") return undefined;
    if (this.#said && isItemFailure(ending.error)) throw endedByItem(this.#name, ending.error);
    this.#said = true;
    throw ending.error;
  }

  async #change(): Promise<void> {
    const [first] = this.#upstreams;
    const onOperator = !first?.pulling;
    if (onOperator) waits(this);
    await new Promise<void>((resolve) => (this.#wake = resolve));
    if (onOperator) waitsNoMore(this);
  }
}

/**
 * What the operator emitted and nobody has taken yet. An output that is an item which went in keeps that item's
 * identity.
 */
class Outputs {
  readonly #mark: string;
  readonly #entries = new WeakMap<object, Entry<unknown>>();
  #queue: Entry<unknown>[] = [];
  #head = 0;
  #count = 0;

  constructor(mark: string) {
    this.#mark = mark;
  }

  get length(): number {
    return this.#queue.length - this.#head;
  }

  remember(entry: Entry<unknown>): void {
    if (isObject(entry.value)) this.#entries.set(entry.value, entry);
  }

  add(value: unknown): void {
    const key = `${this.#mark}${this.#count++}`;
    const known = isObject(value) ? this.#entries.get(value) : undefined;
    // The operator can't be asked where it is: its position is the number of its outputs.
    this.#queue.push({ ...(known ?? { key, index: -1, value }), next: this.#count });
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
  const has = unanswered === 1 ? "1 item is" : `${unanswered} items are`;
  return new PipelineError(
    "VOXRX_STALLED",
    `nothing in this process can answer any more, and the operator is waited for: ${has} unanswered, with ahead ${ahead}`,
    {
      operator,
      remedy: `If it waits for later items, let it have them: rxjs(operator, { ahead: ${Number.isFinite(ahead) ? Math.max(8, ahead * 4) : ahead} }), or ahead: Infinity. If it waits for another source, that source never answered.`,
    },
  );
}

function flooded(operator: string): PipelineError {
  return new PipelineError("VOXRX_OVERRUN", `an operator emitted ${maxQueued} outputs in one go`, {
    operator,
    remedy: "Put what ends it (take) right after it, or flatMap of VoxRx in its place, which is pulled.",
  });
}

function endedByItem(operator: string, cause: unknown): PipelineError {
  return new PipelineError("VOXRX_TRANSFORM_FAILED", "an operator of RxJS ends at the first item that fails", {
    operator,
    cause,
    remedy: "Put onError before the RxJS operator.",
  });
}
