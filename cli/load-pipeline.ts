/** Imports a user's module and takes the dataset that it exports. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as v from "valibot";
import { inBlocks, type PlanInBlocks } from "../src/blocks/plan-in-blocks.ts";
import { messageOf, PipelineError } from "../src/errors.ts";
import type { LockFacts, LockFactsOptions, lockFacts } from "../src/inspect/lock-facts.ts";
import type { RunIterator, RunOptions } from "../src/run.ts";
import { UsageError } from "./new-command.ts";
import { stripsTypes } from "./node-version.ts";
import { checkInputFile } from "./path-arguments.ts";

/** What is used of a dataset: it may come from another copy of this package. */
export interface Pipeline {
  iterate(options?: RunOptions): RunIterator<unknown>;
  /** Throws while it is unknown; streams have none. */
  readonly length?: number;
  /** The plan in blocks of items. */
  [inBlocks]?(): PlanInBlocks;
  /** A table of where the time goes. */
  profile?(options: { readonly items: number }): Promise<unknown>;
  /** What a lock records of it. */
  [lockFacts]?(options: LockFactsOptions): Promise<LockFacts>;
}

/**
 * The dataset that a module exports, or that a function which it exports returns.
 *
 * @throws UsageError for what is not a file, or a module without a dataset; PipelineError for one that fails
 */
export async function loadPipeline(path: string, name = "default"): Promise<Pipeline> {
  const exported = await exportsOf(path);
  const names = Object.keys(exported);
  if (!names.includes(name)) {
    const others = names.length > 0 ? `it exports ${names.join(", ")}: choose with --export` : "it exports nothing";
    throw new UsageError(`${path} has no ${name === "default" ? "default export" : `export named ${name}`}; ${others}`);
  }
  const given = name === "default" ? withoutInterop(exported.default) : exported[name];
  const dataset = typeof given === "function" ? await made(() => Reflect.apply(given, undefined, []), path) : given;
  if (isPipeline(dataset)) return dataset;
  throw new UsageError(
    `the ${name} export of ${path} is ${kindOf(dataset)}: expected a Dataset, or a function that returns one`,
  );
}

/**
 * All datasets that a module exports, by the names of the exports. The default one is left out if it has another name
 * too. Of functions, only the default export is called: others may do anything.
 *
 * @throws UsageError for what is not a file, or a module without a dataset; PipelineError for one that fails
 */
export async function loadPipelines(path: string): Promise<ReadonlyMap<string, Pipeline>> {
  const exported = await exportsOf(path);
  const { default: given, ...named } = exported;
  const main = withoutInterop(given);
  // Of a TypeScript file as CommonJS, the names are in the default export.
  const others = main !== given && typeof given === "object" ? { ...given, ...named } : named;
  const found = new Map<string, Pipeline>();
  for (const [name, value] of Object.entries(others))
    if (name !== "default" && isPipeline(value)) found.set(name, value);
  const dataset = typeof main === "function" ? await made(() => Reflect.apply(main, undefined, []), path) : main;
  if (isPipeline(dataset) && ![...found.values()].includes(dataset)) found.set("default", dataset);
  if (found.size > 0) return found;
  const names = Object.keys(exported);
  throw new UsageError(
    names.length === 0
      ? `${path} exports nothing: expected a Dataset`
      : `${path} exports no Dataset, only ${names.join(", ")}; a function that returns one is taken as the default export, or with --export`,
  );
}

async function exportsOf(path: string): Promise<Record<string, unknown>> {
  await checkInputFile("<file>", path, "the module of a pipeline (.ts, .js, .mjs)");
  const file = resolve(path);
  return importOf(file, path);
}

async function importOf(file: string, shown: string): Promise<Record<string, unknown>> {
  try {
    return await (await importerOf(file))(pathToFileURL(file).href);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw failed(`${shown} can't be imported`, cause, file);
  }
}

async function made(make: () => unknown, path: string): Promise<unknown> {
  try {
    return await make();
  } catch (cause) {
    throw failed(`the function that ${path} exports failed`, cause, resolve(path));
  }
}

function failed(what: string, cause: unknown, file: string): PipelineError {
  const place = placeIn(cause, file);
  return new PipelineError("VOXRX_TRANSFORM_FAILED", `${what}: ${messageOf(cause).replace(/\.$/, "")}`, {
    cause,
    remedy: place === undefined ? remedyFor(cause) : `See ${place}.`,
  });
}

/** The line of the user's file that an error came from. */
function placeIn(cause: unknown, file: string): string | undefined {
  const stack = cause instanceof Error ? (cause.stack ?? "") : "";
  const line = stack.split("\n").find((one) => one.includes(file));
  const [, at] = /:(\d+)(?::\d+)?\)?$/.exec(line?.trim() ?? "") ?? [];
  return at === undefined ? undefined : `${file}:${at}`;
}

function isPipeline(value: unknown): value is Pipeline {
  return (
    typeof value === "object" &&
    value !== null &&
    "stage" in value &&
    "iterate" in value &&
    typeof value.iterate === "function"
  );
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}

/** Of a TypeScript file in a project without "type": "module", tsx gives all exports as the default one. */
function withoutInterop(exported: unknown): unknown {
  const isWrapped =
    typeof exported === "object" && exported !== null && "__esModule" in exported && "default" in exported;
  return isWrapped ? exported.default : exported;
}

type Import = (url: string) => Promise<Record<string, unknown>>;

/** What imports a file: Node, or tsx for TypeScript that this Node can't read. */
async function importerOf(file: string): Promise<Import> {
  if (!/\.[cm]?ts$/.test(file) || stripsTypes()) return (url) => import(url);
  for (const from of [file, import.meta.url]) {
    const tsImport = await tsxOf(from);
    if (tsImport) return tsImport;
  }
  throw new UsageError(
    `Node ${process.versions.node} can't import ${file}: install tsx (npm install tsx), use Node 22.18 or newer, or give a .js or .mjs file`,
  );
}

/** The import of the tsx that a module finds; undefined if there is none. */
async function tsxOf(from: string): Promise<Import | undefined> {
  try {
    // A module can be resolved from elsewhere only as CommonJS, for which tsx has another file.
    const described = createRequire(from).resolve("tsx/package.json");
    const { exports } = v.parse(tsxPackage, JSON.parse(await readFile(described, "utf8")));
    const api = join(dirname(described), exports["./esm/api"].import.default);
    const { tsImport }: Record<string, unknown> = await import(pathToFileURL(api).href);
    return typeof tsImport === "function" ? (url) => Reflect.apply(tsImport, undefined, [url, url]) : undefined;
  } catch {
    return undefined; // not installed there, or a version with another layout
  }
}

const tsxPackage = v.object({
  exports: v.object({ "./esm/api": v.object({ import: v.object({ default: v.string() }) }) }),
});

/** Modules without "type": "module" become CommonJS, which can't await at the top. */
function remedyFor(cause: unknown): string {
  if (!/top-level await/i.test(messageOf(cause))) return "Correct the module.";
  return 'Name the file .mts or .mjs, or put "type": "module" into its package.json.';
}
