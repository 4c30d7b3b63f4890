/** The blocks of pages that are not run, and why. */

/** A block that is not run. */
export interface NotRun {
  readonly page: string;
  /** A line of the block that no other block of the page has. */
  readonly line: string;
  readonly reason: string;
}

/** All of them. */
export const notRun: readonly NotRun[] = [];
