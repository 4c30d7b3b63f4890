import { TransientFailure } from "./transfer-failures.ts";

/** The time is counted in so many steps. While work keeps the event loop from turning, at most one of them passes. */
const steps = 4;

/** Aborts an attempt when nothing arrives for too long, be it name resolution, connection, headers or bytes. */
export class SilenceTimeout {
  readonly signal: AbortSignal;
  readonly #expired = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #ms: number;
  #isPaused = false;
  /** Steps without a sign of life. */
  #silent = 0;

  constructor(signal: AbortSignal, ms: number) {
    this.#ms = ms;
    this.signal = AbortSignal.any([signal, this.#expired.signal]);
    this.#timer = setTimeout(() => this.#step(), ms / steps);
  }

  restart(): void {
    this.#isPaused = false;
    this.#silent = 0;
    this.#timer.refresh();
  }

  /** Suspends the timeout until the next restart, while the consumer, not the server, is being waited for. */
  pause(): void {
    this.#isPaused = true;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #step(): void {
    if (this.#isPaused) return;
    if (++this.#silent >= steps) this.#expired.abort();
    else this.#timer.refresh();
  }

  /** The error to report: if the timeout aborted the attempt, one that says so; else the given error. */
  explain(error: unknown): unknown {
    if (!this.#expired.signal.aborted || error instanceof TransientFailure) return error;
    return new Error(`no data for ${this.#ms} ms`, { cause: error });
  }
}
