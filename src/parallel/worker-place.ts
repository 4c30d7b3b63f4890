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
  const options = optionsOf(process.execArgv);
  if (given !== undefined) return { program: new URL(given), options };
  if (import.meta.url.endsWith(".ts")) {
    const { href } = new URL("../../operators/voxrx-worker.ts", import.meta.url);
    const program = `import("tsx/esm/api").then(({ register }) => (register(), import(${JSON.stringify(href)})))`;
    return { program, options: { eval: true } };
  }
  const beside = new URL("./voxrx-worker.js", import.meta.url);
  if (existsSync(fileURLToPath(beside))) return { program: beside, options };
  try {
    return { program: new URL(import.meta.resolve("voxrx/worker")), options };
  } catch {
    return undefined;
  }
}

/** Options of Node that say how modules are found, which a thread may be given. */
const ofModules = /^(--import|--require|-r|--loader|--experimental-loader|--conditions|-C)(=|$)/;

/**
 * Threads inherit the options of the process. A type of input can't be inherited: of the others, then only those that
 * say how modules are found can be given.
 */
function optionsOf(execArgv: readonly string[]): WorkerOptions {
  if (!execArgv.some((argument) => argument.startsWith("--input-type"))) return {};
  const kept = execArgv.filter((argument, n) => {
    const before = execArgv[n - 1] ?? "";
    return ofModules.test(argument) || (ofModules.test(before) && !before.includes("="));
  });
  return { execArgv: kept };
}
