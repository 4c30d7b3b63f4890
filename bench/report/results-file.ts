/** Files of results: what was measured, of what, and where. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { heapFlag, root } from "../measure/build.ts";
import { lineSchema } from "./line.ts";

const resultsSchema = v.object({
  measured: v.string(),
  version: v.string(),
  commit: v.string(),
  short: v.boolean(),
  /** Whether the run came to its end. */
  finished: v.optional(v.boolean(), false),
  machine: v.object({
    cpu: v.string(),
    cores: v.number(),
    memoryGB: v.number(),
    node: v.string(),
    platform: v.string(),
    /** What inflates `.gz` files, unless a line says otherwise. */
    inflates: v.string(),
    /** The versions of the peer; absent if there was none. */
    peer: v.optional(v.string()),
    /** Whether the scans were those of `VOXRX_BENCH_DATA`. */
    ownScans: v.boolean(),
  }),
  lines: v.array(lineSchema),
});

export type Results = v.InferOutput<typeof resultsSchema>;

/** Where the results of complete runs are kept. */
const resultsDir = join(root, "bench", "results");

/** What was measured and where; the lines are added later. */
export function describeRun(
  short: boolean,
  inflates: string,
  peer: string | undefined,
): Omit<Results, "lines" | "finished"> {
  const { version } = v.parse(v.object({ version: v.string() }), readJson(join(root, "package.json")));
  const git = (...args: string[]) => spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout.trim();
  const commit = git("rev-parse", "--short", "HEAD");
  const isChanged = git("status", "--porcelain", "src", "operators", "datasets") !== "";
  const cores = cpus();
  return {
    measured: new Date().toISOString(),
    version,
    commit: isChanged ? `${commit} with changes` : commit,
    short,
    machine: {
      cpu: cores[0]?.model.trim() ?? "unknown",
      cores: cores.length,
      memoryGB: Math.round(totalmem() / 2 ** 30),
      node: `${process.version} ${heapFlag}`,
      platform: `${process.platform} ${process.arch}`,
      inflates,
      ...(peer === undefined ? {} : { peer }),
      ownScans: process.env.VOXRX_BENCH_DATA !== undefined,
    },
  };
}

/** Writes results to a file; numbers keep the digits that say something. */
export function writeResults(results: Results, path: string): void {
  const rounded = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);
  writeFileSync(path, `${JSON.stringify(results, rounded, 1)}\n`);
}

/** The path for the results of a complete run. */
export function pathForResults({
  measured,
  version,
  commit,
}: Pick<Results, "measured" | "version" | "commit">): string {
  const name = [measured.slice(0, 16).replaceAll(":", ""), version, commit.replaceAll(" ", "-")].join("_");
  return join(resultsDir, `${name}.json`);
}

/** Reads a file of results. @throws Error if it is none */
function readResults(path: string): Results {
  return v.parse(resultsSchema, readJson(path));
}

/** The newest results that are kept. @throws Error if there are none */
export function newestResults(): { readonly name: string; readonly results: Results } {
  const name = readdirSync(resultsDir)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .at(-1);
  if (name === undefined) throw new Error("bench/results has no results: run npm run bench");
  return { name, results: readResults(join(resultsDir, name)) };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
