import { test } from "vitest";

/** Whether tests run that take many seconds of CPU time each. `.ci/run` sets `VOXRX_LONG=1` for them. */
export const runsLongTests = process.env.VOXRX_LONG === "1";

/**
 * A test that only runs among the long ones. Where each of the tests in a file starts processes, others of its kind stand
 * for it where time is short.
 */
export const longTest = test.runIf(runsLongTests);

/** All cases of a test in long tests, otherwise the first ones. */
export const casesOf = <T>(cases: readonly T[], short = 1): readonly T[] =>
  runsLongTests ? cases : cases.slice(0, short);

/** How often a property is tried: a third of `long` runs unless long tests run. */
export const runsOf = (long: number) => (runsLongTests ? long : Math.ceil(long / 3));

/** How many items a random operator draws for where a test looks at the distribution. */
export const drawCount = runsLongTests ? 10_000 : 3000;

/** Files of more bytes than this are only worked on by long tests, where there are smaller ones of their kind. */
export const mostShortBytes = runsLongTests ? Number.POSITIVE_INFINITY : 250_000;

/**
 * How often an attack is tried: as often as the environment variable says, else `long` times in long tests and
 * `short` times otherwise.
 */
export function triesOf(
  variable: "VOXRX_KILLS" | "VOXRX_FUZZ" | "VOXRX_PIPELINES" | "VOXRX_SOAK",
  tries: Tries,
): number {
  const asked = process.env[variable];
  if (asked === undefined || asked === "") return runsLongTests ? tries.long : tries.short;
  if (!/^[1-9]\d*$/.test(asked)) throw new Error(`${variable} must be an integer above 0, not ${asked}`);
  return Number(asked);
}

interface Tries {
  readonly short: number;
  readonly long: number;
}
