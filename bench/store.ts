/** Stores against plain memory: how fast an epoch comes out of a store, as a share of copying the same bytes to fresh memory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lmdbStore, memoryStore, type Store, Volume } from "voxrx";

const short = process.argv.includes("--short");
const count = short ? 8 : 40;
const rounds = short ? 3 : 7;
const shape = [1, 171, 171, 171];
const size = 171 ** 3;

const volumes = Array.from({ length: count }, (_, n) => {
  return new Volume({
    data: Float32Array.from({ length: size }, (_, i) => (i * (n + 1)) % 4096),
    shape,
    layout: "x-fastest",
  });
});
const megabytes = (count * size * 4) / 1e6;

const folder = await mkdtemp(join(tmpdir(), "voxrx-bench-"));
const disk = lmdbStore(join(folder, "keep"));
const half = lmdbStore(join(folder, "half"), { dtype: "float16" });
const memory = memoryStore({ maxBytes: "4GiB" });
try {
  for (const store of [disk, half, memory]) {
    const began = performance.now();
    for (const [n, image] of volumes.entries()) await store.set(`image ${n}`, { value: { image }, files: [] });
    report(`write ${store.name}`, performance.now() - began);
  }
  const times: Record<string, number[]> = { copy: [], lmdb: [], "lmdb float16": [], memory: [] };
  for (let round = 0; round < rounds; round++) {
    times.copy?.push(await timed(async () => copyAll()));
    times.lmdb?.push(await timed(() => epoch(disk)));
    times["lmdb float16"]?.push(await timed(() => epoch(half)));
    times.memory?.push(await timed(() => epoch(memory)));
  }
  for (const [name, all] of Object.entries(times)) report(`read ${name}`, median(all));
  const ratio = median(times.copy ?? []) / median(times.lmdb ?? []);
  console.log(`lmdb epoch at ${ratio.toFixed(2)} of the speed of a copy in memory (goal: 0.50)`);
  const [first, second] = [await imageOf(memory, 0), await imageOf(memory, 0)];
  console.log(`memory hits share their samples: ${first.storage === second.storage}`);
} finally {
  await Promise.all([disk, half, memory].map((store) => store.close()));
  await rm(folder, { recursive: true });
}

function copyAll(): void {
  for (const volume of volumes) touch(volume.storage.slice());
}

async function epoch(store: Store): Promise<void> {
  for (let n = 0; n < count; n++) touch((await imageOf(store, n)).storage);
}

async function imageOf(store: Store, n: number): Promise<Volume> {
  const compute = () => Promise.reject(new Error("computed although it was stored"));
  const { value } = (await store.getOrCompute({ key: `image ${n}`, compute })).stored;
  if (typeof value === "object" && value !== null && "image" in value && value.image instanceof Volume) {
    return value.image;
  }
  throw new Error("there is no image");
}

/** Looks at the result, so that no engine may leave the copy out. */
function touch(samples: ArrayLike<number>): void {
  if (samples[samples.length - 1] === undefined) throw new Error("there are no samples");
}

async function timed(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(what: string, ms: number): void {
  console.log(`${what}: ${ms.toFixed(0)} ms, ${(megabytes / ms).toFixed(2)} GB/s (${count} x ${(size * 4) / 1e6} MB)`);
}
