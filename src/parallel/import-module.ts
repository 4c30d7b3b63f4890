/** Imports modules of users on a worker thread. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { messageOf, PipelineError } from "../errors.ts";
import type { Exports } from "../operator/relocation.ts";

/**
 * Imports a module. Where Node does not read TypeScript by itself, tsx does, as on the main thread: it does not reach
 * threads by itself.
 *
 * @throws PipelineError `VOXRX_UNKNOWN_OPERATOR`
 */
export async function importModule(url: string): Promise<Exports> {
  try {
    // Before the first attempt: Node keeps an import that failed.
    if (/\.[mc]?tsx?$/.test(url) && !("typescript" in process.features && process.features.typescript)) {
      await readTypescript(url);
    }
    return await import(url);
  } catch (cause) {
    throw new PipelineError("VOXRX_UNKNOWN_OPERATOR", `${url} can't be imported on a thread: ${messageOf(cause)}`, {
      operator: "parallel",
      cause,
      remedy: "See the cause. TypeScript needs Node 22.18 or newer, or the package tsx; or compile it to JavaScript.",
    });
  }
}

/** Has tsx, as it is installed for a module, read TypeScript from now on. */
async function readTypescript(url: string): Promise<void> {
  try {
    // Resolving for require gives the CommonJS file, which can't register; the other one is beside it.
    const file = createRequire(url)
      .resolve("tsx/esm/api")
      .replace(/\.cjs$/, ".mjs");
    const { register }: { register?: unknown } = await import(pathToFileURL(file).href);
    if (typeof register === "function") register();
  } catch {
    // It is not installed: the import then says what is missing.
  }
}
