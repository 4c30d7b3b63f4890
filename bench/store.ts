/** Measures how fast an epoch is read from a store, relative to copying the same bytes to new memory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lmdbStore, memoryStore, type Store, Volume } from "voxrx";
import { measure, ratio, report, short, timed } from "./measure.ts";

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

const dir = await mkdtemp(join(tmpdir(), "voxrx-bench-"));
const disk = lmdbStore(join(dir, "keep"));
const half = lmdbStore(join(dir, "half"), { dtype: "float16" });
const memory = memoryStore({ maxBytes: "4GiB" });
try {
  for (const store of [disk, half, memory]) {
    const fill = async () => {
      for (const [n, image] of volumes.entries()) await store.set(`image ${n}`, { value: { image }, files: [] });
    };
    reportSpeed(`write ${store.name.replace(dir, "")}`, (await timed(fill)).wallMs);
  }
  const ways = {
    copy: () => copyAll(),
    lmdb: () => epoch(disk),
    "lmdb float16": () => epoch(half),
    memory: () => epoch(memory),
  };
  const times = await measure(ways, { rounds, collect: true });
  for (const [name, { wallMs }] of Object.entries(times)) reportSpeed(`read ${name}`, wallMs);
  const share = ratio(times.copy, times.lmdb);
  report("lmdb to copy", { share }, `lmdb epoch at ${share.toFixed(2)} of the speed of a copy in memory (goal: 0.50)`);
  const [first, second] = [await imageOf(memory, 0), await imageOf(memory, 0)];
  console.log(`memory hits share their samples: ${first.storage === second.storage}`);
} finally {
  await Promise.all([disk, half, memory].map((store) => store.close()));
  await rm(dir, { recursive: true });
}

function copyAll(): void {
  for (const volume of volumes) touch(volume.storage.slice());
}

async function epoch(store: Store): Promise<void> {
  for (let n = 0; n < count; n++) touch((await imageOf(store, n)).storage);
}

async function imageOf(store: Store, n: number): Promise<Volume> {
  const compute = () => Promise.reject(new Error("computed although it is stored"));
  const { value } = (await store.getOrCompute({ id: `image ${n}`, compute })).stored;
  if (typeof value === "object" && value !== null && "image" in value && value.image instanceof Volume) {
    return value.image;
  }
  throw new Error("there is no image");
}

/** Uses the result, so that the engine can't optimize the copy away. */
function touch(samples: ArrayLike<number>): void {
  if (samples[samples.length - 1] === undefined) throw new Error("there are no samples");
}

function reportSpeed(what: string, ms: number): void {
  const GBps = megabytes / ms;
  const line = `${what}: ${ms.toFixed(0)} ms, ${GBps.toFixed(2)} GB/s (${count} x ${(size * 4) / 1e6} MB)`;
  report(what, { wallMs: ms, GBps }, line);
}
