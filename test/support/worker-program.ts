/** The program of worker threads, and a module with operators of a user, as tests run them. */
import { pathToFileURL } from "node:url";
import { childScript } from "./children.ts";

const urlOf = (name: string) => pathToFileURL(childScript(name)).href;

/** Options of `parallel` for tests: bundles start faster than sources. */
export const onThreads = (workers: number) => ({
  workers,
  program: urlOf("voxrx-worker"),
  modules: [urlOf("moving-operators")],
});
