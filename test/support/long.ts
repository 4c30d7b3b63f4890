/** Whether tests run that take many seconds of CPU time each. `.ci/run` sets `VOXRX_LONG=1` for them. */
export const runsLongTests = process.env.VOXRX_LONG === "1";

/** Files of more bytes than this are only worked on by long tests, where there are smaller ones of their kind. */
export const mostShortBytes = runsLongTests ? Number.POSITIVE_INFINITY : 500_000;
