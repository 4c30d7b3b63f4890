/**
 * Measures peak memory: 200 volumes of 20 MB for a slow consumer, with prefetch({ maxBytes: "200MB" }). Goal: 500 MB
 * RSS.
 */
import { Dataset, Volume } from "voxrx";
import { map, prefetch } from "voxrx/operators";
import { report, short } from "./measure.ts";

const count = short ? 60 : 200;
const shape = [1, 200, 200, 125];
const list = Array.from({ length: count }, (_, i) => i);

const volumes = Dataset.from(list).pipe(
  map((n) => new Volume({ data: new Float32Array(200 * 200 * 125).fill(n), shape })),
  prefetch({ buffer: 100, maxBytes: "200MB" }),
);

let peak = 0;
let sum = 0;
for await (const volume of volumes) {
  await new Promise((resolve) => setTimeout(resolve, 10));
  sum += volume.storage[0] ?? 0;
  peak = Math.max(peak, process.memoryUsage.rss());
}
if (sum !== (count * (count - 1)) / 2) throw new Error("the volumes have wrong values");
const peakMB = peak / 1e6;
report(
  "200 MB ahead",
  { count, peakMB },
  `${count} volumes of 20 MB: peak RSS ${peakMB.toFixed(0)} MB (goal: under 500)`,
);
