import { isVoxRxError, messageOf } from "../src/errors.ts";
import { printNotice } from "./print.ts";
import { counted } from "./write-output.ts";

/** What could not be done: each failure is one line on stderr, and makes the exit code 1. */
export function reportFailure(error: unknown): void {
  process.exitCode = 1;
  printNotice(isVoxRxError(error) ? `${messageOf(error)} [${error.code}]` : messageOf(error));
}

/** The failures of many images: a missing library is reported once, with the number of images that need it. */
export class ImageFailures {
  readonly #missing = new Map<string, number>();

  report(error: unknown): void {
    if (!isVoxRxError(error, "VOXRX_MISSING_LIBRARY")) return reportFailure(error);
    const before = this.#missing.get(error.fault);
    if (before === undefined) reportFailure(error);
    this.#missing.set(error.fault, (before ?? 0) + 1);
  }

  /** Tells what was left out. */
  end(): void {
    for (const [fault, count] of this.#missing)
      if (count > 1) printNotice(`${fault}: ${counted(count - 1, "more image")} could not be read`);
  }
}

/** A failure as JSON. */
export function failureJson(error: unknown): { readonly code?: string; readonly message: string } {
  const message = messageOf(error);
  return isVoxRxError(error) ? { code: error.code, message } : { message };
}
