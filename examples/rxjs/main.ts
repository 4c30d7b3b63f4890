/** Two datasets, two consumers and a stop by an event, as an RxJS program. */
import { setTimeout as sleep } from "node:timers/promises";
import { bufferTime, filter, map, Subject, scan, takeUntil } from "rxjs";
import { partition, phantoms } from "voxrx/datasets";
import {
  batch,
  cacheUntilRandom,
  load,
  mix,
  randSpatialCrop,
  repeat,
  scaleIntensity,
  shuffle,
  tap,
} from "voxrx/operators";

const [left, right] = partition(phantoms({ root: ".voxrx/examples", count: 12 }), { ratios: [1, 1], seed: 0 });
if (!left || !right) throw new Error("a partition with two ratios has two parts");

let made = 0; // batches that came out of the pipelines
let used = 0; // batches that the trainer took
let lead = 0; // the most that were made and not used

/** An endless supply of crops of one hospital. */
const hospital = (scans: typeof left, site: string) =>
  scans.pipe(
    load(["image"]),
    scaleIntensity({ keys: "image" }),
    cacheUntilRandom(),
    repeat(1000),
    shuffle(),
    map((item) => ({ image: item.image, site })), // an operator of RxJS, with backpressure
    randSpatialCrop({ keys: "image", roiSize: [24, 24, 24] }),
    batch(2),
  );

// Three batches of one to one of the other. RxJS's merge would subscribe to both and take all that they have.
const merged = mix([
  { dataset: hospital(left, "north"), weight: 3 },
  { dataset: hospital(right, "south"), weight: 1 },
]).pipe(tap(() => void (lead = Math.max(lead, ++made - used))));

// One run for both consumers. The slower one holds back the other: at most two batches are between them.
const shared = merged.share({ maxLag: 2 });
const stop = new Subject<void>();
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** What a display would show, in windows of time. */
const watching = shared
  .asObservable()
  .pipe(
    map(({ image }) => mean(image.data)),
    bufferTime(200),
    filter((window) => window.length > 0),
    scan((seen, window) => ({ batches: seen.batches + window.length, level: mean(window) }), { batches: 0, level: 0 }),
    takeUntil(stop),
  )
  .subscribe(({ batches, level }) => console.log(`${batches} batches, mean gray level ${level.toFixed(2)}`));

const sites: Record<string, number> = {};
for await (const { site } of shared.pipe(takeUntil(stop))) {
  await sleep(10); // a step of a trainer that is slower than its data
  used++;
  sites[site[0] ?? ""] = (sites[site[0] ?? ""] ?? 0) + 1;
  if (used === 80) stop.next(); // an early stop, a button, a signal of the system
}
watching.unsubscribe();
console.log(`stopped by an event after ${used} batches: ${sites.north} of north, ${sites.south} of south`);
console.log(`the data was never more than ${lead} batches ahead of the trainer`);
