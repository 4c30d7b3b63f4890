/**
 * The process that measures a build of VoxRx: `node-side.ts DIST DIR SHORT INFLATE`. It reads requests from its input and
 * writes an answer for each, one line of JSON.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findScans } from "../data/scans.ts";
import { workloads } from "../workloads/all.ts";
import type { Profile, Request, Sample, Summary } from "./answers.ts";
import { loadBuild } from "./build.ts";
import { Profiler } from "./profiler.ts";
import { takeSample } from "./sample.ts";
import { summaryOf } from "./summary.ts";
import type { Subject } from "./workload.ts";

const [dist = "", parent = "", size, inflate] = process.argv.slice(2);
if (inflate === "zlib") hideKoffi(join(dist, "index.js"));
const dir = await mkdtemp(join(parent, "side-"));
const build = await loadBuild(dist);
const bench = { build, scans: await findScans(build, size === "short"), dir, short: size === "short" };
let current: Subject | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await answerTo(JSON.parse(line)).catch((error: unknown) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await current?.close?.();
await rm(dir, { recursive: true, force: true });
// Threads and stores of the build that are still open don't matter.
process.exit();

type Answer = { readonly prepared: Summary } | { readonly sample: Sample } | { readonly profile: Profile };

async function answerTo(request: Request): Promise<Answer> {
  if (request.op === "prepare") {
    await current?.close?.();
    current = undefined;
    const found = workloads(build).find(({ name }) => name === request.work);
    if (!found) throw new Error(`there is no workload ${JSON.stringify(request.work)}`);
    current = await found.prepare(bench);
    if (found.ownProcess) return { prepared: { samples: 0 } };
    return { prepared: summaryOf(await current.run({ begin: () => undefined })) };
  }
  const subject = current;
  if (!subject) throw new Error("no workload is prepared");
  if (request.op === "profile") {
    if (subject.profile) return { profile: await subject.profile() };
    const profiler = await Profiler.start();
    await takeSample((clock) => subject.run(clock), request.atLeastMs);
    return { profile: await profiler.stop() };
  }
  const { way, atLeastMs } = request;
  return { sample: await takeSample((clock) => subject[way]?.(clock), atLeastMs) };
}

/** Lets `require("koffi")` give nothing to the build, which then inflates with zlib. */
function hideKoffi(importer: string): void {
  const load = createRequire(importer);
  try {
    const path = load.resolve("koffi");
    load(path);
    const loaded = load.cache[path];
    if (loaded) loaded.exports = {};
  } catch {
    // It is not installed.
  }
}
