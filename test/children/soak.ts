/**
 * Runs epochs over pipelines like a training's, with random cancels and errors, looks from time to time at what the
 * process holds, and must then end by itself. Sends a JSON list of those looks. Arguments: a folder, a seed, the number
 * of items, and what to leak on purpose, to see that it shows.
 */
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { readShards } from "../../datasets/read-shards.ts";
import {
  batch,
  cacheUntilRandom,
  flatMap,
  load,
  map,
  onError,
  parallel,
  prefetch,
  randFlip,
  randGaussianNoise,
  resizeWithPadOrCrop,
  scaleIntensity,
  shuffle,
  smartReplace,
} from "../../operators/index.ts";
import {
  Dataset,
  isVoxRxError,
  lmdbStore,
  memoryStore,
  Random,
  type Store,
  tieredStore,
  type Volume,
} from "../../src/index.ts";
import { SoakWatch } from "../soak/soak-watch.ts";
import { tarOf } from "../support/archives.ts";
import { sliceFile } from "../support/dicom-slices.ts";
import { niftiFile } from "../support/nifti-file.ts";

const [folder = ".", seed = "0", count = "1000", leak = "nothing"] = process.argv.slice(2);
const random = new Random(Number(seed));

const dims = [20, 18, 12];
const scan = (n: number) =>
  niftiFile({ type: "int16", dims, values: Array.from({ length: 20 * 18 * 12 }, (_, at) => (at * 7 + n) % 500) })
    .single;

await mkdir(join(folder, "scans"));
const paths: string[] = [];
for (let n = 0; n < 8; n++) paths.push(join(folder, "scans", `${n}.${n % 3 === 2 ? "dcm" : "nii"}`));
for (const [n, path] of paths.entries()) {
  await writeFile(path, path.endsWith(".dcm") ? sliceFile({ z: n, value: n }) : scan(n));
}
const shards: string[] = [];
for (const name of ["a", "b"]) {
  const entries = [0, 1, 2].map((n) => ({ name: `${name}${n}.nii`, content: scan(n) }));
  shards.push(join(folder, `${name}.tar`));
  await writeFile(shards.at(-1) ?? "", await tarOf(entries));
}
// It keeps nothing of a request.
const served = scan(9);
const server = createServer((_, response) => {
  response.writeHead(200, { "content-length": served.length, etag: '"1"' }).end(served);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
const port = typeof address === "object" ? address?.port : 0;
paths.push(`http://127.0.0.1:${port}/x.nii`, `http://127.0.0.1:${port}/y.nii`);

// Small limits, so that all of them evict all the time.
const memory = memoryStore({ maxBytes: "60kB" });
const disk = lmdbStore(join(folder, "cache"), { maxBytes: "100kB" });
const upper = memoryStore({ maxBytes: "40kB" });
const lower = lmdbStore(join(folder, "lower"), { maxBytes: "100kB" });
const rotation = memoryStore({ maxBytes: "100kB" });
const stores: readonly Store[] = [memory, disk, tieredStore(upper, lower)];

const records = paths.map((image) => ({ image }));
const fits = resizeWithPadOrCrop({ keys: "image", spatialSize: [16, 16, 4] });
const failsAt = (rate: number) =>
  map((item: { readonly image: Volume }, context) => {
    if (context.random().uniform(0, 1) < rate) throw new Error("an item that fails");
    return item;
  });
const onSkip = () => undefined;

/** A training's pipeline over one of the stores. */
const training = (store: Store) =>
  Dataset.from(records)
    .pipe(
      shuffle(),
      load(["image"]),
      scaleIntensity({ keys: "image" }),
      fits,
      cacheUntilRandom({ store }),
      randFlip({ keys: "image", prob: 0.5, spatialAxis: 0 }),
      failsAt(0.02),
      onError({ skip: true, maxItems: 1000, onSkip }),
      prefetch({ buffer: 3, concurrency: 2 }),
      batch({ size: 2, collate: "list" }),
      flatMap((list) => list),
    )
    .share({ maxLag: 2 });

const rotating = Dataset.from(records).pipe(
  load(["image"], { concurrency: 3 }),
  fits,
  smartReplace({ cacheNum: 4, replaceRate: 0.5, store: rotation }),
  randGaussianNoise({ keys: "image", prob: 0.5 }),
  failsAt(0.01),
  prefetch(2),
);
const streamed = readShards<{ nii: Volume }>(shards, { shuffle: { shards: true, buffer: 3 }, interleave: 2 }).pipe(
  map(({ nii }) => ({ image: nii })),
  fits,
  failsAt(0.01),
);
const threaded = Dataset.from(records).pipe(
  shuffle(),
  load(["image"]),
  fits,
  randGaussianNoise({ keys: "image", prob: 0.5 }),
  parallel({ workers: 2 }),
  failsAt(0.01),
);
const pipelines: readonly Dataset<{ readonly image: Volume }>[] = [
  ...stores.map(training),
  rotating,
  streamed,
  threaded,
];

const lasting = new AbortController();
const watch = new SoakWatch(lasting.signal, leak);
const total = Number(count);
let items = 0;

/** One epoch of a pipeline, ended in one of many ways. */
async function epoch(source: Dataset<{ readonly image: Volume }>): Promise<void> {
  const most = 1 + random.integer(24);
  const way = random.integer(7);
  const own = new AbortController();
  const signal = way === 1 ? own.signal : lasting.signal;
  const run = source.iterate({ signal });
  const also = way === 2 ? source.iterate({ signal: lasting.signal }) : undefined;
  try {
    for (let n = 0; ; n++) {
      const pending = run.next();
      if (also) void also.next().catch(() => undefined);
      // While the next item is pending, which then ends as the run does.
      if (n === most && (way === 1 || way === 3)) {
        if (way === 1) own.abort(new Error("enough"));
        else await run.return();
      }
      const step = await pending;
      if (step.done) break;
      items++;
      watch.sees(step.value);
      if (n === most && way === 4) break;
      if (n === most && way === 5) throw new Error("an error of the consumer");
    }
  } catch (error) {
    const isExpected = error instanceof Error && /enough|of the consumer|an item that fails/.test(error.message);
    if (!isExpected && !isVoxRxError(error, "VOXRX_TRANSFORM_FAILED")) throw error;
  } finally {
    await run.return();
    await also?.return();
  }
  if (way === 6) await unsubscribed(source, most);
}

/** Subscribes, and leaves after some items or a turn of the event loop. */
async function unsubscribed(source: Dataset<unknown>, most: number): Promise<void> {
  let seen = 0;
  await new Promise<void>((resolve) => {
    const subscription = source.subscribe({
      next() {
        items++;
        if (++seen < most) return;
        subscription.unsubscribe();
        resolve();
      },
      error: () => resolve(),
      complete: resolve,
    });
  });
}

const windows = 16;
for (let n = 0; n < windows; n++) {
  const end = ((n + 1) * total) / windows;
  while (items < end) {
    for (const pipeline of pipelines) await epoch(pipeline);
    watch.leaks();
  }
  await watch.look(items);
}

watch.stopLeaking();
for (const store of [memory, disk, upper, lower, rotation]) await store.close();
server.close();
server.closeAllConnections();
console.log(JSON.stringify(watch.looks));
