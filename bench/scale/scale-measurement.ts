/** Measures on this machine what the simulation starts from. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { open, rename, unlink } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { findScans } from "../data/scans.ts";
import type { Build } from "../measure/build.ts";
import { operatorOf, pipeline } from "../workloads/pipelines.ts";

/** A T1 from file to shard: the deterministic part of a training. */
const preparation = [
  { operator: "load", options: { keys: "image" } },
  { operator: "orientation", options: { keys: "image", axcodes: "RAS" } },
  { operator: "spacing", options: { keys: "image", pixdim: 1 } },
  { operator: "cropForeground", options: { keys: "image", sourceKey: "image", allowSmaller: true } },
  { operator: "scaleIntensity", options: { keys: "image" } },
];

/** What was measured; kept in measured.json, so that tables can be printed again. */
export async function measureScale(build: Build, short: boolean) {
  const scans = (await findScans(build, short)).t1;
  const dir = mkdtempSync(join(tmpdir(), "voxrx-scale-"));
  try {
    // Once before, for compiled code and files in memory.
    await shardsOf(build, scans.slice(0, 2), dir, "nii");
    const nii = await shardsOf(build, scans, dir, "nii");
    const niiGz = await shardsOf(build, scans, dir, "nii.gz");
    const rounded = (value: number) => Number(value.toPrecision(3));
    return {
      measured: new Date().toISOString().slice(0, 10),
      machine: `${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} cores, Node ${process.version}`,
      scan: `T1 of ${short ? "128 x 128 x 75" : "256 x 256 x 150"} voxels to 1 mm, float32; noise around the head leaves little to crop; ${scans.length} scans`,
      cpuSeconds: { nii: rounded(nii.cpu), niiGz: rounded(niiGz.cpu) },
      wallSeconds: { nii: rounded(nii.wall), niiGz: rounded(niiGz.wall) },
      readBytes: rounded(scans.reduce((sum, path) => sum + statSync(path).size, 0) / scans.length),
      writtenBytes: { nii: rounded(nii.bytes), niiGz: rounded(niiGz.bytes) },
      workerStartSeconds: rounded(startSeconds(build)),
      smallFileMs: await smallFileMs(dir),
      hashMillionIdsSeconds: rounded(hashSeconds()),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Writes shards of scans; seconds and bytes of one. */
async function shardsOf(build: Build, scans: readonly string[], parent: string, volumes: string) {
  const dir = mkdtempSync(join(parent, "shards-"));
  const write = operatorOf(build, { operator: "writeShards", options: { dir, volumes } });
  const items = scans.map((image) => ({ image }));
  const [used, started] = [process.cpuUsage(), performance.now()];
  for await (const _ of pipeline(build, items, [...preparation, write]));
  const wall = (performance.now() - started) / 1e3;
  const { user, system } = process.cpuUsage(used);
  const bytes = readdirSync(dir)
    .filter((name) => name.endsWith(".tar"))
    .reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
  rmSync(dir, { recursive: true });
  const count = scans.length;
  return { wall: wall / count, cpu: (user + system) / 1e6 / count, bytes: bytes / count };
}

/** The median time of starting the command. */
function startSeconds({ dist }: Build): number {
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, [join(dist, "cli.js"), "--version"]);
    if (status !== 0) throw new Error("dist/cli.js --version failed");
    return (performance.now() - started) / 1e3;
  });
  return times.sort((a, b) => a - b)[2] ?? 0;
}

/** The mean times of what a block does to small files, on the local disk. */
async function smallFileMs(dir: string) {
  const count = 500;
  const timed = async (work: (path: string) => Promise<unknown>) => {
    const started = performance.now();
    for (let n = 0; n < count; n++) await work(join(dir, `small-${n}`));
    return Number(((performance.now() - started) / count).toPrecision(2));
  };
  return {
    create: await timed(async (path) => {
      const file = await open(path, "wx");
      await file.write("{}\n");
      await file.close();
    }),
    rename: await timed((path) => rename(path, `${path}.done`)),
    unlink: await timed((path) => unlink(`${path}.done`)),
  };
}

/** Time to name the blocks of a million items by a digest of their ids. */
function hashSeconds(): number {
  const started = performance.now();
  let hash = createHash("sha256");
  for (let n = 0; n < 1_000_000; n++) {
    hash.update(`imagesTr/scan-${n}.nii.gz\n`);
    if (n % 64 !== 63) continue;
    hash.digest("hex");
    hash = createHash("sha256");
  }
  return (performance.now() - started) / 1e3;
}
