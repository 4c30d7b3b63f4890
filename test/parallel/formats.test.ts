import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { threadId } from "node:worker_threads";
import sharp from "sharp";
import { expect, test } from "vitest";
import { Dataset, onWarning, Volume, type Warning } from "voxrx";
import { defineFormat, registerFormat } from "voxrx/extend";
import * as op from "voxrx/operators";
import { childScript, runChild } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import * as own from "../support/moving-operators.ts";
import { onThreads } from "../support/worker-program.ts";

/** Collects the warnings until it is called. */
function warnings(): () => Warning[] {
  const found: Warning[] = [];
  const off = onWarning((warning) => void found.push(warning));
  return () => {
    off();
    return found;
  };
}

test("images of a library that must not be on threads are read on the main thread, others are not", async () => {
  await using folder = await temporaryFolder();
  const [jpeg, png] = [join(folder.path, "a.jpg"), join(folder.path, "a.png")];
  const pixels = sharp({ create: { width: 9, height: 7, channels: 3, background: { r: 200, g: 100, b: 20 } } });
  await pixels.clone().jpeg().toFile(jpeg);
  await pixels.clone().png().toFile(png);
  // In a process of its own: what other tests register here would keep all images here.
  const module = pathToFileURL(childScript("moving-operators")).href;
  const output = "3,9,7 false\n3,9,7 true\n";
  expect(await runChild([], "threads", "images", module, jpeg, png)).toEqual({ output, code: 0 });
});

test("crops of such images, too", async () => {
  await using folder = await temporaryFolder();
  const jpeg = join(folder.path, "a.jpg");
  const background = { r: 200, g: 100, b: 20 };
  await sharp({ create: { width: 9, height: 7, channels: 3, background } })
    .jpeg()
    .toFile(jpeg);
  const dataset = Dataset.from([{ image: jpeg }, { image: jpeg }]).pipe(
    op.load("image"),
    op.randSpatialCropSamples({ keys: "image", roiSize: [3, 3], numSamples: 2 }),
    op.parallel(onThreads(2)),
  );
  expect((await dataset.toArray()).map(({ image }) => image.shape)).toEqual(Array(4).fill([3, 3, 3]));
});

test("a format that is registered here only is used here, with a warning", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "a.sevens");
  await writeFile(file, "sevens");
  registerFormat(
    defineFormat({
      name: "sevens",
      version: 1,
      extensions: [".sevens"],
      sniff: (firstBytes) => Buffer.from(firstBytes.subarray(0, 6)).toString("latin1") === "sevens",
      decode: () => new Volume({ data: new Float32Array(8).fill(7), shape: [1, 2, 2, 2] }),
    }),
  );
  const given = warnings();
  const items = await Dataset.from([{ image: file }, { image: file }, { image: file }])
    .pipe(op.load("image"), own.noteThread({}), op.parallel(onThreads(1)))
    .toArray();
  for (const item of items) {
    expect(item.image.samples[0]).toBe(7);
    expect(item).toMatchObject({ thread: threadId });
  }
  expect(given()).toMatchObject([{ code: "VOXRX_WORKER_DIFFERS", message: expect.stringContaining("load") }]);
});

test("warnings of threads come to the listeners here", async () => {
  const given = warnings();
  const dataset = Dataset.from([{ n: 1 }]).pipe(own.warns({}), op.parallel(onThreads(1)));
  await dataset.toArray();
  expect(given()).toEqual([{ code: "VOXRX_SURPLUS_DATA", message: "from a thread", detail: "with a detail" }]);
});
