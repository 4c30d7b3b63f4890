/** Whether tests run that take many seconds of CPU time each. `.ci/run` sets `VOXRX_LONG=1` for them. */
export const runsLongTests = process.env.VOXRX_LONG === "1";
