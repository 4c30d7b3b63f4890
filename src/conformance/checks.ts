/** Checks of what operators, formats and stores promise. They need no test runner: each is a name and a function. */

/** One promise, and a function that checks whether it is kept. */
export interface Check {
  /** The promise, as a sentence. */
  readonly promise: string;
  /** Resolves if the promise is kept; otherwise rejects with what was found. */
  run(): Promise<void>;
}

/** The result of {@link runChecks}. */
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
 * Runs all checks, one after the other.
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
