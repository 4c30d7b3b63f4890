/** Node warns about listeners that pile up on a signal or stream: in tests that is a failure. */

// Test files share a process, and this is run for each.
const isSet = Symbol.for("voxrx.test.failOnListenerWarning");

if (!Reflect.has(process, isSet)) {
  Reflect.set(process, isSet, true);
  process.on("warning", (warning) => {
    if (warning.name === "MaxListenersExceededWarning") throw new Error(`${warning.name}: ${warning.message}`);
  });
}
