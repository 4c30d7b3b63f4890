/** Loads scans on worker threads and ends, in the way that the argument says. Arguments: a way; a scan, or a module; for `images`, more of them. */
import { Dataset } from "voxrx";
import { gaussianSmooth, gridPatch, load, parallel } from "voxrx/operators";
import { noteThread } from "../support/moving-operators.ts";

const [way = "", scan = "", ...others] = process.argv.slice(2);
const items = Array.from({ length: 6 }, (_, n) => ({ n, image: scan }));
const dataset = Dataset.from(items).pipe(
  load("image", { dtype: "float32" }),
  gaussianSmooth({ keys: "image" }),
  parallel({ workers: 2 }),
);

if (way === "all") {
  for await (const { n, image } of dataset) console.log(n, image.shape.join());
} else if (way === "exit") {
  for await (const { n } of dataset) {
    console.log(n);
    if (n === 2) process.exit(0);
  }
} else if (way === "break") {
  for await (const { n } of dataset) {
    console.log(n);
    if (n === 2) break;
  }
} else if (way === "left") {
  // Nobody asks for more, and nobody closes it.
  console.log((await dataset.iterate().next()).value?.n);
} else if (way === "typescript") {
  const noted = Dataset.from([{ n: 1 }]).pipe(noteThread({}), parallel({ workers: 1, modules: [scan] }));
  for (const item of await noted.toArray()) console.log("thread" in item && item.thread !== 0);
} else if (way === "images") {
  for (const image of others) {
    // One after the other: what is in work on a thread while a library is refused stays, too.
    const one = Dataset.from([{ image }]).pipe(
      load("image"),
      noteThread({}),
      parallel({ workers: 1, modules: [scan] }),
    );
    for (const item of await one.toArray()) console.log(item.image.shape.join(), "thread" in item && item.thread !== 0);
  }
} else if (way === "left among parts") {
  const parts = Dataset.from([{ image: scan }]).pipe(
    load("image"),
    gridPatch({ keys: "image", patchSize: [16, 16, 20] }),
    parallel({ workers: 1 }),
  );
  console.log((await parts.iterate().next()).value?.image.shape.join());
} else {
  await dataset.toArray();
  process.exitCode = 5;
}
