/** How long a transfer waits: between tries, and for a server that says nothing. */
import { setTimeout as wait } from "node:timers/promises";
import { Passing } from "./transfer-failures.ts";

const maxBackoffMs = 30_000;
const maxServerWaitMs = 120_000;

/**
 * Waits before the next try. The pause doubles with every failure, gives way to what the server asks for, and differs from client to client
 * so that they do not all come back at once. Rejects with the signal's reason when it is aborted.
 */
export async function pause(
  failures: number,
  backoffMs: number,
  serverWaitMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const own = Math.min(maxBackoffMs, backoffMs * 2 ** (failures - 1)) * (0.75 + Math.random() / 4);
  const ms = Math.max(own, Math.min(maxServerWaitMs, serverWaitMs ?? 0));
  await wait(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** Aborts a try that has been silent for too long, whatever it was waiting for: name, connection, headers or bytes. */
export class Clock {
  readonly signal: AbortSignal;
  readonly #stalled = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #ms: number;
  #held = false;

  constructor(signal: AbortSignal, ms: number) {
    this.#ms = ms;
    this.signal = AbortSignal.any([signal, this.#stalled.signal]);
    this.#timer = setTimeout(() => this.#held || this.#stalled.abort(), ms);
  }

  restart(): void {
    this.#held = false;
    this.#timer.refresh();
  }

  /** Stands still until the next restart: it is not the server that is being waited for. */
  hold(): void {
    this.#held = true;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The fault itself where the clock ended the try. */
  explain(error: unknown): unknown {
    if (!this.#stalled.signal.aborted || error instanceof Passing) return error;
    return new Error(`nothing came for ${this.#ms} ms`, { cause: error });
  }
}
