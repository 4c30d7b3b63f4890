import { TransientFailure } from "./transfer-failures.ts";

/** Aborts an attempt when nothing arrives for too long, be it name resolution, connection, headers or bytes. */
export class SilenceTimeout {
  readonly signal: AbortSignal;
  readonly #expired = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #ms: number;
  #isPaused = false;

  constructor(signal: AbortSignal, ms: number) {
    this.#ms = ms;
    this.signal = AbortSignal.any([signal, this.#expired.signal]);
    this.#timer = setTimeout(() => this.#isPaused || this.#expired.abort(), ms);
  }

  restart(): void {
    this.#isPaused = false;
    this.#timer.refresh();
  }

  /** Suspends the timeout until the next restart, while the consumer, not the server, is being waited for. */
  pause(): void {
    this.#isPaused = true;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The error to report: if the timeout aborted the attempt, one that says so; else the given error. */
  explain(error: unknown): unknown {
    if (!this.#expired.signal.aborted || error instanceof TransientFailure) return error;
    return new Error(`no data for ${this.#ms} ms`, { cause: error });
  }
}
