/** Checks that hold a declared thing to its promises. They need no test runner: each is a name and a function. */

/** One promise, and what finds out whether it is kept. */
export interface Check {
  /** The promise, as a sentence. */
  readonly promise: string;
  /** Resolves if it is kept; rejects with what was found otherwise. */
  run(): Promise<void>;
}

/** What {@link runChecks} found. */
export interface CheckReport {
  readonly kept: readonly string[];
  readonly broken: readonly BrokenPromise[];
}

/** A promise that is not kept. */
export interface BrokenPromise {
  readonly promise: string;
  readonly error: unknown;
}

/**
 * Runs checks one after the other, all of them.
 *
 * @example
 * ```ts
 * import { type Check, runChecks } from "voxrx/extend";
 * const checks: Check[] = [{ promise: "one and one are two", run: async () => undefined }];
 * await runChecks(checks); // => { kept: ["one and one are two"], broken: [] }
 * ```
 */
export async function runChecks(checks: readonly Check[]): Promise<CheckReport> {
  const kept: string[] = [];
  const broken: BrokenPromise[] = [];
  for (const { promise, run } of checks) {
    try {
      await run();
      kept.push(promise);
    } catch (error) {
      broken.push({ promise, error });
    }
  }
  return { kept, broken };
}
