/** Where the program of worker threads is. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { WorkerOptions } from "node:worker_threads";

/** The program of a worker thread, and how it is started. */
export interface WorkerPlace {
  readonly program: URL | string;
  readonly options: WorkerOptions;
}

/**
 * The program beside this file, in the package or in its sources; otherwise, as in an application that was bundled, that
 * of the package as it is installed. Undefined if there is none.
 *
 * @param given URL of another program
 */
export function workerPlace(given: string | undefined): WorkerPlace | undefined {
  if (given !== undefined) return { program: new URL(given), options: {} };
  if (import.meta.url.endsWith(".ts")) {
    const { href } = new URL("../../operators/voxrx-worker.ts", import.meta.url);
    const program = `import("tsx/esm/api").then(({ register }) => (register(), import(${JSON.stringify(href)})))`;
    return { program, options: { eval: true } };
  }
  const beside = new URL("./voxrx-worker.js", import.meta.url);
  if (existsSync(fileURLToPath(beside))) return { program: beside, options: {} };
  try {
    return { program: new URL(import.meta.resolve("voxrx/worker")), options: {} };
  } catch {
    return undefined;
  }
}
