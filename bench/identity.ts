/**
 * Measures what it costs to hash a file while it is read, as a cache has it done, relative to reading it without and to
 * the first epoch over a cache, which reads and stores. Files are in the system's cache. `--short`: small files.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Dataset, lmdbStore, readVolume, saveImage, Volume } from "voxrx";
import { cacheUntilRandom, load } from "voxrx/operators";
import { measure, report, short } from "./measure.ts";

const rounds = short ? 3 : 25;
const side = short ? 64 : 200;

/** Half air, the rest noise of 8 bits: compresses to about a third, as a CT does. */
function scan(): Volume {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  const data = Int16Array.from({ length: side ** 3 }, (_, at) => (at % side < side / 2 ? -1000 : 400 + noise()));
  return new Volume({ data, shape: [1, side, side, side], layout: "x-fastest" });
}

const dir = await mkdtemp(join(tmpdir(), "voxrx-bench-"));
let epochs = 0;
try {
  for (const name of ["scan.nii", "scan.nii.gz"]) {
    const path = join(dir, name);
    await saveImage(scan(), path);
    const ways = {
      plain: () => readVolume(path),
      hashed: () => readVolume(path, { onFile: () => {} }),
      cached: () => firstEpoch(path),
    };
    const { plain, hashed, cached } = await measure(ways, { rounds, warmUp: 2, collect: true });
    const extra = hashed.bestCpuMs - plain.bestCpuMs;
    const [ofReading, ofEpoch] = [extra / plain.bestCpuMs, extra / cached.bestCpuMs];
    const shares = `${(100 * ofReading).toFixed(1)} % of reading, ${(100 * ofEpoch).toFixed(1)} % of the first epoch`;
    report(`hashing ${name}`, { ofReading, ofEpoch }, `hashing ${name}: ${shares} (CPU time; goal: 5 % of the epoch)`);
  }
} finally {
  await rm(dir, { recursive: true });
}

async function firstEpoch(path: string): Promise<void> {
  const store = lmdbStore(join(dir, `cache ${epochs++}`));
  await Dataset.from([{ image: path }])
    .pipe(load(["image"]), cacheUntilRandom({ store }))
    .toArray();
  await store.close();
}
