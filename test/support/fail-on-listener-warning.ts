/** Node warns about listeners that pile up on a signal or stream: in tests that is a failure. */
process.on("warning", (warning) => {
  if (warning.name === "MaxListenersExceededWarning") throw warning;
});
