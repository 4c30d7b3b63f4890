import { isVoxRxError, messageOf } from "../src/errors.ts";
import { printNotice } from "./print.ts";

/** What could not be done: each failure is one line on stderr, and makes the exit code 1. */
export function reportFailure(error: unknown): void {
  process.exitCode = 1;
  printNotice(isVoxRxError(error) ? `${messageOf(error)} [${error.code}]` : messageOf(error));
}

/** A failure as JSON. */
export function failureJson(error: unknown): { readonly code?: string; readonly message: string } {
  const message = messageOf(error);
  return isVoxRxError(error) ? { code: error.code, message } : { message };
}
