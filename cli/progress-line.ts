import { visible } from "../src/visible-text.ts";

/** A line on stderr that says how far the work is: updated in place on a terminal, not written elsewhere. */
export class ProgressLine {
  readonly #stream = process.stderr;
  readonly #isShown: boolean;
  #lastMs = 0;
  #isWritten = false;

  constructor(isShown = true) {
    this.#isShown = isShown && this.#stream.isTTY === true;
  }

  /** Whether updates can be seen. */
  get isShown(): boolean {
    return this.#isShown;
  }

  /** Shows a text, at most ten times a second. */
  show(text: () => string): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#lastMs < 100) return;
    this.#lastMs = now;
    const width = (this.#stream.columns ?? 80) - 1;
    this.#stream.write(`\r\x1b[2K${visible(text()).slice(0, width)}`);
    this.#isWritten = true;
  }

  /** Removes the line. */
  clear(): void {
    if (this.#isWritten) this.#stream.write("\r\x1b[2K");
    this.#isWritten = false;
    this.#lastMs = 0;
  }
}
