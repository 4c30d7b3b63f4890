/** The blocks of pages that are not run, and why. */

/** A block that is not run. */
export interface NotRun {
  readonly page: string;
  /** A line of the block that no other block of the page has. */
  readonly line: string;
  readonly reason: string;
}

/** All of them. */
export const notRun: readonly NotRun[] = [
  {
    page: "docs/guide/resume-and-ranks.md",
    line: 'const mine = scans.pipe(shuffle(), forRank({ ...rankFromEnv(), uneven: "pad" }), load(["image"]));',
    reason: "continues what four processes of a training have left when they were stopped",
  },
  {
    page: "docs/scale.md",
    line: 'const training = readShards<{ image: Volume; label: Volume }>(await listShards("prepared"), {',
    reason: "reads the output of the command above it, `voxrx run`",
  },
];
