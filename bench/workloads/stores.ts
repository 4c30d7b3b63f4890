/** Stores alone: writing and reading volumes, compared with LMDB itself and with copies in memory. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import type { Store, Volume } from "voxrx";
import type { Bench, Subject, Workload } from "../measure/workload.ts";
import { withinMs } from "../report/target.ts";

const group = "Stores";
const idOf = (n: number) => `image ${n}`;

/** Volumes of float32, 20 MB each. */
function volumesOf({ build, short }: Bench): Volume[] {
  const side = short ? 80 : 171;
  return Array.from({ length: short ? 4 : 12 }, (_, n) => {
    const data = Float32Array.from({ length: side ** 3 }, (_, i) => (i * (n + 1)) % 4096);
    return new build.vox.Volume({ data, shape: [1, side, side, side], layout: "x-fastest" });
  });
}

async function fill(store: Store, volumes: readonly Volume[]): Promise<void> {
  for (const [n, image] of volumes.entries()) await store.set(idOf(n), { value: { image }, files: [] });
}

async function readAll(store: Store, count: number): Promise<unknown[]> {
  const compute = () => Promise.reject(new Error("computed although it is stored"));
  const results: unknown[] = [];
  for (let n = 0; n < count; n++) results.push((await store.getOrCompute({ id: idOf(n), compute })).stored);
  return results;
}

let databases = 0;

/** A database of LMDB with the samples of volumes. */
function rawDatabase({ dir }: Bench) {
  const path = join(dir, `raw-store-${databases++}`);
  mkdirSync(path, { recursive: true });
  return { path, database: open<Buffer, number>({ path, encoding: "binary" }) };
}

const bytesOf = ({ storage }: Volume) => Buffer.from(storage.buffer, storage.byteOffset, storage.byteLength);

async function readingLmdb(bench: Bench): Promise<Subject> {
  const volumes = volumesOf(bench);
  const store = bench.build.vox.lmdbStore(join(bench.dir, `store-${databases++}`));
  await fill(store, volumes);
  const { database } = rawDatabase(bench);
  for (const [n, volume] of volumes.entries()) await database.put(n, bytesOf(volume));
  return {
    run: () => readAll(store, volumes.length),
    limit: () => volumes.map((_, n) => database.getBinary(n)),
    close: () => store.close(),
  };
}

async function readingMemory(bench: Bench): Promise<Subject> {
  const volumes = volumesOf(bench);
  const store = bench.build.vox.memoryStore({ maxBytes: "4GiB" });
  await fill(store, volumes);
  return { run: () => readAll(store, volumes.length), limit: () => volumes.map((volume) => volume.storage.slice()) };
}

/** Each call writes to a new database, and removes it when the clock has stopped. */
function writingLmdb(bench: Bench): Subject {
  const volumes = volumesOf(bench);
  const written: string[] = [];
  const forget = () => {
    for (const path of written.splice(0)) rmSync(path, { recursive: true, force: true });
  };
  return {
    async run(clock) {
      forget();
      const path = join(bench.dir, `written-${databases++}`);
      written.push(path);
      clock.begin();
      const store = bench.build.vox.lmdbStore(path);
      await fill(store, volumes);
      await store.close();
    },
    async limit(clock) {
      forget();
      clock.begin();
      const { path, database } = rawDatabase(bench);
      written.push(path);
      for (const [n, volume] of volumes.entries()) await database.put(n, bytesOf(volume));
      await database.close();
    },
    close: forget,
  };
}

/** A random patch of a large image, behind a flip, in every call another one. */
async function croppingLmdb({ build, dir, short }: Bench): Promise<Subject> {
  const { vox, ops } = build;
  const shape = short ? [1, 96, 96, 60] : [1, 384, 384, 200];
  const size = shape.reduce((product, n) => product * n, 1);
  const image = new vox.Volume({ data: Float32Array.from({ length: size }, (_, i) => (i * 7) % 4093), shape });
  const store = vox.lmdbStore(join(dir, `crops-${databases++}`));
  const roiSize = short ? [32, 32, 32] : [96, 96, 96];
  const patches = vox.Dataset.from([{ n: 0 }], { seed: 0 }).pipe(
    ops.map(() => ({ image }), { name: "largeImage", version: 1 }),
    ops.cacheUntilRandom({ store }),
    ops.randFlip({ keys: "image", prob: 0.5, spatialAxis: 0 }),
    ops.randSpatialCrop({ keys: "image", roiSize }),
  );
  const patch = new Float32Array(roiSize.reduce((product, n) => product * n, 1)).fill(1);
  return { run: () => patches.toArray(), limit: () => patch.slice(), close: () => store.close() };
}

export const storeWorkloads: readonly Workload[] = [
  { name: "read volumes from LMDB", group, prepare: readingLmdb, limit: "LMDB get of the samples", bound: 5 },
  { name: "read volumes from memory", group, prepare: readingMemory, limit: "copy the samples" },
  { name: "write volumes to LMDB", group, prepare: writingLmdb, limit: "LMDB put of the samples" },
  {
    name: "crop of 96^3 from 384 x 384 x 200 in LMDB",
    group,
    prepare: croppingLmdb,
    limit: "copy the patch",
    targets: [withinMs(8, "cpuMs")],
  },
];
