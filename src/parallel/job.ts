/** One item that a chain works on, on a worker thread: its results as the main thread takes them. */
import { PipelineError } from "../errors.ts";
import type { ItemNotes } from "../plan/item-context.ts";
import { itemFailure } from "../plan/item-failure.ts";
import type { Cursor, Entry, Position, Run } from "../plan/stage.ts";
import { warn } from "../warnings.ts";
import type { Chain, ChainData } from "./chain.ts";
import { unpackError } from "./error-message.ts";
import { type ItemMessage, packItem, unpackItem } from "./item-message.ts";
import type { FailureMessage, FromWorker, ResultMessage, TaskMessage } from "./messages.ts";

/** A chain as data for worker threads, and the same chain for the items that have to stay on the main thread. */
export interface MovingChain {
  readonly data: ChainData;
  readonly here: Chain;
}

/** What a job is to do. */
export interface Work {
  readonly chain: MovingChain;
  readonly entry: Entry<unknown>;
  readonly run: Run;
  /** Where the chain continues with the item; undefined: at its beginning. */
  readonly from?: Position | undefined;
  /** Collects the files that the result depends on. */
  readonly notes: ItemNotes;
}

/** The thread that a job runs on, as far as a job needs it. */
export interface JobThread {
  /** From 1 on; 0: a thread that has one job only. */
  readonly number: number;
  post(message: { readonly kind: "taken" | "stop"; readonly task: number }): void;
  /** The job needs the thread no more; it may still be busy. */
  leave(job: Job): void;
  /** Whether the job waits for its consumer, and the thread for both: nothing then has to keep the process. */
  rest(job: Job, isWaiting: boolean): void;
}

type Outcome = { readonly entry: Entry<unknown> } | { readonly error: unknown };

let jobs = 0;

/** Chains that differ on worker threads from what they are here: all of their items stay. */
const staying = new WeakSet<MovingChain>();

/**
 * The results of one item, in their order. A thread that dies is asked for the rest once more, on another thread; what
 * can't move runs here.
 */
export class Job implements Cursor<unknown> {
  readonly task = jobs++;
  readonly work: Work;
  readonly stop = new SharedArrayBuffer(4);
  readonly #again: (job: Job) => void;
  readonly #outcomes: Outcome[] = [];
  /** Results that were received from threads. */
  #received = 0;
  #deaths = 0;
  #isDone = false;
  #isClosed = false;
  /** Whether the thread waits until a result is taken. */
  #isFull = false;
  /** Tells whoever watches that the threads have done their part. */
  #over: (() => void) | undefined;
  #thread: JobThread | undefined;
  #local: Cursor<unknown> | undefined;
  #wake: (() => void) | undefined;

  /** @param again gives the job to another thread, which has no other */
  constructor(work: Work, again: (job: Job) => void) {
    this.work = work;
    this.#again = again;
    this.#over = work.run.watch?.sends(work.run.watchedAs);
  }

  /** The message that begins the job on a thread; undefined if the item can't move: it is then done here. */
  begin(thread: JobThread): { readonly message: TaskMessage; readonly moved: ItemMessage["moved"] } | undefined {
    const { entry, run, chain, from, notes } = this.work;
    const packed = staying.has(chain) ? undefined : packItem(entry.value);
    if (!packed) {
      this.#runHere();
      return undefined;
    }
    this.#thread = thread;
    const { id, index, draws } = entry;
    const message: TaskMessage = {
      ...{ kind: "task", task: this.task, chain: chain.data.id, id, index, draws, node: packed.node, from },
      ...{ epoch: run.epoch, seed: run.seed, skip: this.#received, stop: this.stop },
      recordsFiles: notes.files !== undefined,
      isWatched: run.watch !== undefined,
    };
    return { message, moved: packed.moved };
  }

  /** Takes a message of the thread. */
  receive(message: FromWorker): void {
    if (this.#isClosed) return;
    if (message.kind === "result") this.#takeResult(message);
    else if (message.kind === "failure") this.#takeFailure(message);
    else if (message.kind === "done") this.#finish();
    else if (message.kind === "waits") this.#fill();
    else if (message.kind === "mainThread") this.#stayHere(message.differs);
  }

  /** The thread has died. @param bytes the memory that it last reported */
  died(cause: unknown, bytes: number): void {
    if (this.#isClosed || this.#isDone) return;
    this.#thread = undefined;
    this.#deaths++;
    if (this.#deaths === 1) return this.#again(this);
    const { entry, run } = this.work;
    const memory = `it last reported ${Math.round(bytes / 2 ** 20)} MiB of memory`;
    const error = new PipelineError(
      "VOXRX_WORKER_DIED",
      `two worker threads ended while they worked on it; ${memory}`,
      {
        cause,
        remedy:
          "See the cause; give fewer workers if memory ran out, or leave the item out with onError({ skip: true }).",
      },
    );
    this.fail(itemFailure(error, { operator: "parallel", item: entry.id }, run.signal));
  }

  /** Ends the job with an error. */
  fail(error: unknown): void {
    this.#add({ error });
    this.#finish();
  }

  async next(): Promise<Entry<unknown> | undefined> {
    for (;;) {
      if (this.#isClosed) return undefined;
      const outcome = this.#outcomes.shift();
      if (outcome) {
        this.#taken();
        if ("error" in outcome) throw outcome.error;
        return outcome.entry;
      }
      if (this.#local) return this.#local.next();
      if (this.#isDone) return undefined;
      await this.#news();
    }
  }

  /** The results that the consumer has not taken yet. */
  get waiting(): readonly unknown[] {
    return this.#outcomes.flatMap((outcome) => ("entry" in outcome ? [outcome.entry.value] : []));
  }

  /** Resolves when there is nothing to wait for: the results are complete, or the thread waits for the consumer. */
  async stalled(): Promise<void> {
    while (!this.#isDone && !this.#isClosed && !this.#local && !this.#isFull) await this.#news();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leaveThreads();
    Atomics.store(new Int32Array(this.stop), 0, 1);
    if (!this.#isDone) this.#thread?.post({ kind: "stop", task: this.task });
    this.#thread?.leave(this);
    void this.#local?.close();
    this.#wake?.();
  }

  #taken(): void {
    this.#thread?.post({ kind: "taken", task: this.task });
    if (this.#isFull) this.#thread?.rest(this, false);
    this.#isFull = false;
  }

  #fill(): void {
    // It was sent before the thread heard that all was taken: the consumer may wait, and then keeps the process.
    if (this.#outcomes.length === 0) return;
    this.#isFull = true;
    this.#thread?.rest(this, true);
    this.#wake?.();
  }

  /** The thread could not be asked: what was drawn can't be copied. */
  stayHere(): void {
    this.#stayHere(undefined);
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #add(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    this.#wake?.();
  }

  #takeResult({ id, index, draws, next, node, files, worked, isLast }: ResultMessage): void {
    this.#received++;
    const { run, chain } = this.work;
    if (worked) run.watch?.worked(run.watchedAs, chain.here.parts, worked, this.#thread?.number ?? 0);
    this.work.notes.files?.push(...files);
    const value = unpackItem(node);
    this.#add({ entry: draws ? { id, index, value, draws, next } : { id, index, value, next } });
    if (isLast) this.#finish();
  }

  #takeFailure(message: FailureMessage): void {
    this.#received++;
    this.#add({ error: unpackError(message) });
    if (message.isLast) this.#finish();
  }

  #finish(): void {
    this.#leaveThreads();
    this.#isDone = true;
    this.#thread?.leave(this);
    this.#wake?.();
  }

  #stayHere(differs: string | undefined): void {
    const { chain } = this.work;
    if (differs !== undefined && !staying.has(chain)) {
      staying.add(chain);
      const message = `${differs} on worker threads differs from what it is here`;
      const detail = "An image format may be registered only here: name the module that registers it in `modules`.";
      warn({ code: "VOXRX_WORKER_DIFFERS", message, detail });
    }
    this.#thread?.leave(this);
    this.#thread = undefined;
    this.#runHere();
  }

  #leaveThreads(): void {
    this.#over?.();
    this.#over = undefined;
  }

  #runHere(): void {
    this.#leaveThreads();
    const { chain, entry, run, from, notes } = this.work;
    this.#local = chain.here.results(entry, run, from, notes, this.#received);
    this.#wake?.();
  }
}
