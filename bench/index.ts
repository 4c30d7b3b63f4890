/** Runs the benchmarks: see `npm run bench -- --help`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findScans } from "./data/scans.ts";
import { flags, help } from "./flags.ts";
import { type Build, distOf, freshDist, loadBuild } from "./measure/build.ts";
import { measureLine } from "./measure/measure-line.ts";
import { NodeSides } from "./measure/node-sides.ts";
import type { Workload } from "./measure/workload.ts";
import { findPeer } from "./peer/find-peer.ts";
import { exceededBounds } from "./report/bounds.ts";
import type { Line } from "./report/line.ts";
import { printHead, printLine } from "./report/print-table.ts";
import { describeRun, pathForResults, writeResults } from "./report/results-file.ts";
import { transformsSummary } from "./report/transforms-summary.ts";
import { scaleReport } from "./scale.ts";
import { workloads } from "./workloads/all.ts";

if (flags.help) {
  console.log(help);
  process.exit();
}
await (flags.scale ? scaleReport(flags) : run());

async function run(): Promise<void> {
  const { short, compare } = flags;
  const dist = freshDist();
  const build = await loadBuild(dist);
  const scans = await findScans(build, short);
  const dir = mkdtempSync(join(tmpdir(), "voxrx-bench-"));
  const inflates = inflaterOf(build);
  const peer = short ? { missing: "not part of a short run" } : findPeer(scans, dir);
  const about = describeRun(short, inflates, peer.versions);
  const isComplete = !short && compare === undefined && flags.filter === undefined;
  const path = flags.json ?? (isComplete ? pathForResults(about) : undefined);
  const sides = await NodeSides.start(dir, short);
  const lines: Line[] = [];
  try {
    printHead(compare !== undefined);
    for (const workload of chosen(workloads(build), short)) {
      // What ran before, with its stores and compiled loops, must not have a part in how garbage is collected.
      if (workload.group !== "Transforms") await Promise.all([sides.end(), peer.side?.close()]);
      const inflate = workload.inflate === "zlib" ? "zlib" : "found";
      const other = compare === undefined ? undefined : { side: sides.of(distOf(compare), inflate), name: compare };
      const line =
        workload.inflate === "libdeflate" && inflates !== "libdeflate"
          ? unmeasured(workload, "koffi or libdeflate is not installed")
          : await measureLine(workload, { voxrx: sides.of(dist, inflate), other, peer, scans, short });
      printLine(line);
      lines.push(line);
      // After each line: what was measured is kept when the run is stopped.
      if (path !== undefined) writeResults({ ...about, finished: false, lines }, path);
    }
    if (path !== undefined) writeResults({ ...about, finished: true, lines }, path);
  } finally {
    await Promise.all([sides.close(), peer.side?.close()]);
    rmSync(dir, { recursive: true, force: true });
  }
  for (const text of transformsSummary(lines)) console.log(text);
  if (path !== undefined) console.log(`written to ${path}`);
  const exceeded = short ? exceededBounds(workloads(build), lines) : [];
  for (const text of exceeded) console.error(text);
  if (exceeded.length > 0 || lines.length === 0) process.exitCode = 1;
}

function unmeasured({ name, group, targets = [] }: Workload, error: string): Line {
  return { name, group, error, load: 0, targets: targets.map(({ text }) => ({ text })) };
}

/** All workloads, those that the filter names, or in a short run those with a bound. */
function chosen(all: readonly Workload[], short: boolean): Workload[] {
  const text = flags.filter?.toLowerCase();
  if (text === undefined) return all.filter(({ bound }) => !short || bound !== undefined);
  return all.filter(({ name, group }) => `${group} ${name}`.toLowerCase().includes(text));
}

/** What a build inflates large images with on this machine. */
function inflaterOf({ vox, ops }: Build): string {
  const plan = vox.Dataset.from([{ image: "" }])
    .pipe(ops.load(["image"]))
    .explain();
  return plan.match(/inflates with (\w+)/)?.[1] ?? "zlib";
}
