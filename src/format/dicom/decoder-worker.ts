/** A thread of its own for GDCM: it blocks while it works, may be given hostile bytes, and writes to the console. */
import { Worker } from "node:worker_threads";

/** So long may a batch of frames take. What takes longer hangs. */
const longestMs = 120_000;

/**
 * Runs as CommonJS from text, so that it is the same from sources and from a bundle. What the library prints would land in the output of
 * whoever reads an image, and a stream that catches it would keep the process alive.
 */
const source = `
for (const name of ["log", "info", "warn", "error", "debug"]) console[name] = () => {};
const { parentPort, workerData } = require("node:worker_threads");
const loading = import(workerData);
parentPort.on("message", async (path) => {
  try {
    const { image } = await (await loading).gdcmReadImageNode(path);
    const data = image?.data;
    parentPort.postMessage({ data }, ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer ? [data.buffer] : []);
  } catch (error) {
    parentPort.postMessage({ fault: error instanceof Error ? error.message : "it stopped with code " + String(error) });
  }
});
`;

let worker: Worker | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * What the library at `url` reads from a DICOM file: the array of its pixels, as `unknown`. One file at a time; an abort ends the thread.
 *
 * @throws Error in the library's words
 */
export function readInWorker(url: string, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  const work = last.then(() => ask(url, path, signal));
  last = work.catch(() => {});
  return orAbort(work, signal);
}

/** Who waits for the thread need not wait for the file of another. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const { promise, reject } = defer();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([work, promise]);
    return await work;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function ask(url: string, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  signal?.throwIfAborted();
  const asked = (worker ??= start(url));
  asked.ref();
  try {
    return await answer(asked, path, signal);
  } catch (error) {
    if (!(error instanceof LibraryFault)) {
      if (worker === asked) worker = undefined;
      void asked.terminate();
    }
    throw error;
  } finally {
    asked.unref();
  }
}

function start(url: string): Worker {
  return new Worker(source, { eval: true, workerData: url });
}

function answer(asked: Worker, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  const { promise, resolve, reject } = defer();
  const timer = setTimeout(() => reject(new Error(`it did not finish within ${longestMs / 1000} s`)), longestMs);
  const onAbort = () => reject(signal?.reason);
  const onExit = (code: number) => reject(new Error(`its thread ended with code ${code}`));
  const onMessage = (message: unknown) => {
    if (typeof message === "object" && message !== null && "data" in message) resolve(message.data);
    else {
      const fault = typeof message === "object" && message !== null && "fault" in message ? message.fault : message;
      reject(new LibraryFault(String(fault)));
    }
  };
  asked.on("message", onMessage).on("error", reject).on("exit", onExit);
  signal?.addEventListener("abort", onAbort, { once: true });
  asked.postMessage(path);
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    asked.off("message", onMessage).off("error", reject).off("exit", onExit);
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

/** The library refused the file; its thread is sound. */
class LibraryFault extends Error {}
