/** A separate thread for GDCM: it blocks while it works, may crash on malicious bytes, and writes to the console. */
import { Worker } from "node:worker_threads";
import { onAbort } from "../../async/on-abort.ts";
import { untilAborted } from "../../async/until-aborted.ts";

/** Timeout for a batch of frames. Anything that takes longer hangs. */
const timeoutMs = 120_000;

/**
 * Run as CommonJS from a string, so that it works the same from sources and from a bundle. The console is silenced: the
 * library's output would otherwise appear in the output of the program, and a stream that captures it would keep the
 * process alive.
 */
const source = `
for (const name of ["log", "info", "warn", "error", "debug"]) console[name] = () => {};
const { parentPort, workerData } = require("node:worker_threads");
const loading = import(workerData);
parentPort.on("message", async (path) => {
  try {
    const { image } = await (await loading).gdcmReadImageNode(path);
    const data = image?.data;
    const isOwned = ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer;
    parentPort.postMessage({ data }, isOwned ? [data.buffer] : []);
  } catch (error) {
    parentPort.postMessage({ fault: error instanceof Error ? error.message : "it stopped with code " + String(error) });
  }
});
`;

let worker: Worker | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Reads the pixels of a DICOM file with the library at `url`: a typed array, returned as `unknown`. One file at a time;
 * an abort ends the thread.
 *
 * @throws Error with the library's message
 */
export function readInWorker(url: string, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  const work = last.then(() => requestPixels(url, path, signal));
  last = work.catch(() => {});
  // An aborted caller must not wait for the files before its own.
  return untilAborted(work, signal);
}

async function requestPixels(url: string, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  signal?.throwIfAborted();
  const target = (worker ??= start(url));
  target.ref();
  try {
    return await answer(target, path, signal);
  } catch (error) {
    if (!(error instanceof LibraryFault)) {
      if (worker === target) worker = undefined;
      void target.terminate();
    }
    throw error;
  } finally {
    target.unref();
  }
}

function start(url: string): Worker {
  return new Worker(source, { eval: true, workerData: url });
}

function answer(target: Worker, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  const { promise, resolve, reject } = defer();
  const timer = setTimeout(() => reject(new Error(`it did not finish within ${timeoutMs / 1000} s`)), timeoutMs);
  const onExit = (code: number) => reject(new Error(`its thread ended with code ${code}`));
  const onMessage = (message: unknown) => {
    if (typeof message === "object" && message !== null && "data" in message) resolve(message.data);
    else {
      const fault = typeof message === "object" && message !== null && "fault" in message ? message.fault : message;
      reject(new LibraryFault(String(fault)));
    }
  };
  target.on("message", onMessage).on("error", reject).on("exit", onExit);
  const unregister = signal && onAbort(signal, () => reject(signal.reason));
  target.postMessage(path);
  return promise.finally(() => {
    clearTimeout(timer);
    unregister?.();
    target.off("message", onMessage).off("error", reject).off("exit", onExit);
  });
}

function defer() {
  let resolve: (value: unknown) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<unknown>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** The library rejected the file; its thread is still usable. */
class LibraryFault extends Error {}
