/** Whether tests run that take many seconds of CPU time each. `.ci/run` sets `VOXRX_LONG=1` for them. */
export const runsLongTests = process.env.VOXRX_LONG === "1";

/** How often a property is tried: a third of `long` runs unless long tests run. */
export const runsOf = (long: number) => (runsLongTests ? long : Math.ceil(long / 3));

/** Files of more bytes than this are only worked on by long tests, where there are smaller ones of their kind. */
export const mostShortBytes = runsLongTests ? Number.POSITIVE_INFINITY : 250_000;
