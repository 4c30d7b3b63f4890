/** Runs an operator in a separate thread, made again from its module, name and options. */
import { Worker } from "node:worker_threads";

/** What the thread runs. */
export interface ElsewhereTask {
  /** URL of the module that exports the factory. */
  readonly module: string;
  /** Name under which it is exported. */
  readonly name: string;
  readonly options: unknown;
  readonly items: readonly Uint8Array<ArrayBuffer>[];
}

/** CommonJS in a string, so that it works from sources and from a bundle. */
const source = `
const { parentPort, workerData } = require("node:worker_threads");
(async () => {
  const { module, name, options, items } = workerData;
  const declaration = (await import(module))[name]?.[Symbol.for("voxrx.declaration")];
  if (!declaration) throw new Error("the module exports no declared operator named " + name);
  parentPort.postMessage({ items: await declaration.applyPacked(options, items) });
})().catch((error) => parentPort.postMessage({ fault: error?.message ?? String(error) }));
`;

/** The results, as bytes. @throws Error with the message of an error in the thread */
export async function applyElsewhere(
  task: ElsewhereTask,
  execArgv: readonly string[],
): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const worker = new Worker(source, { eval: true, workerData: task, execArgv: [...execArgv] });
  return new Promise((resolve, reject) => {
    worker.once("message", (message: { items?: readonly Uint8Array<ArrayBuffer>[]; fault?: string }) => {
      if (message.items) resolve(message.items);
      else reject(new Error(message.fault));
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the thread of the operator ended with code ${code}`)));
  });
}
