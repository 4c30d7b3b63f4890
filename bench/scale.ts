/** `npm run bench -- --scale`: a million scans on a hundred machines, on paper. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshDist, loadBuild } from "./measure/build.ts";
import measured from "./scale/measured.json" with { type: "json" };
import { measureScale } from "./scale/scale-measurement.ts";
import { defaults, type ScaleParameters, withChanges } from "./scale/scale-parameters.ts";
import { changesTable, inputsTable, sweepTable, tailTable, waysTable } from "./scale/scale-tables.ts";

const machines = [1, 10, 30, 100, 1000];
const blockSizes = [8, 64, 512];

interface ScaleFlags {
  readonly measure?: boolean;
  readonly short?: boolean;
  readonly set?: readonly string[];
}

/** Measures, if asked to, or prints the tables of the simulation with what was measured before. */
export async function scaleReport({ measure = false, short = false, set = [] }: ScaleFlags): Promise<void> {
  if (measure) {
    const found = await measureScale(await loadBuild(freshDist()), short);
    const text = `${JSON.stringify(found, undefined, 2)}\n`;
    console.log(text);
    if (!short) writeFileSync(join(import.meta.dirname, "scale", "measured.json"), text);
    return;
  }
  const parameters = withChanges(defaults, set);
  const { machine, scan, measured: day } = measured;
  console.log(`Measured ${day} on ${machine}: ${scan}.\n`);
  for (const [title, text] of tablesOf(parameters)) console.log(`## ${title}\n\n${text}\n`);
}

function* tablesOf(parameters: ScaleParameters): Generator<[title: string, text: string]> {
  const unlimited = { readBandwidth: 1e15, writeBandwidth: 1e15, machineBandwidth: 1e12 };
  yield ["Inputs", inputsTable(parameters)];
  yield ["Three ways", waysTable(parameters)];
  yield ["Machines and blocks, by claims", sweepTable(parameters, "claims", machines, blockSizes)];
  const fast = { ...parameters, ...unlimited };
  yield ["The same with storage that is never the limit", sweepTable(fast, "claims", machines, blockSizes)];
  yield ["Tails, with storage that is never the limit", tailTable(fast, blockSizes)];
  yield ["One input changed, by claims", changesTable(parameters, changesOf(parameters))];
}

function changesOf(p: ScaleParameters): (readonly [string, Partial<ScaleParameters>])[] {
  const { cpuSeconds, writtenBytes } = measured;
  return [
    ["nothing", {}],
    ["30 machines", { machines: 30 }],
    [".nii in place of .nii.gz", { itemSeconds: cpuSeconds.nii, writtenBytes: writtenBytes.nii }],
    ["results of a quarter of the bytes", { writtenBytes: p.writtenBytes / 4 }],
    ["ten times the time for an item", { itemSeconds: 10 * p.itemSeconds }],
    ["write bandwidth of 1 GB/s (one NFS server)", { readBandwidth: 2e9, writeBandwidth: 1e9 }],
    ["1,000 metadata operations a second", { metadataRate: 1000 }],
    ["blocks of 1", { blockSize: 1 }],
    ["no stragglers, no crashes", { stragglers: 0, crashesPerCoreHour: 0, lossesPerMachineHour: 0 }],
    ["every machine lost once an hour", { lossesPerMachineHour: 1 }],
    ["every machine lost once an hour, blocks of 512", { lossesPerMachineHour: 1, blockSize: 512 }],
    ["a lease of ten minutes, every machine lost once an hour", { lossesPerMachineHour: 1, leaseSeconds: 600 }],
    ["a fifth of the machines ten times as slow", { stragglers: 0.2, slowness: 10 }],
  ];
}
