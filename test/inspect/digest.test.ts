import { expect, test } from "vitest";
import { Dataset, memoryStore, type Volume } from "voxrx";
import * as op from "voxrx/operators";
import { loadingScans } from "../support/loading-scans.ts";
import { ramp } from "../support/volumes.ts";
import { onThreads } from "../support/worker-program.ts";

const augmented = (scans: ReturnType<typeof loadingScans>["scans"]) =>
  scans.pipe(
    op.randFlip({ keys: "image", prob: 0.5, spatialAxis: 0 }),
    op.randGaussianNoise({ keys: "image", prob: 1 }),
  );

test("a digest is the same with workers, caches and look-ahead", async () => {
  const { digest, items } = await augmented(loadingScans(5).scans).digest({ epoch: 1 });
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(items).toBe(5);
  const threads = augmented(loadingScans(5).scans).pipe(op.parallel(onThreads(2)));
  expect((await threads.digest({ epoch: 1 })).digest).toBe(digest);
  const cached = augmented(loadingScans(5).scans.pipe(op.cacheUntilRandom({ store: memoryStore() })));
  expect((await cached.digest({ epoch: 1 })).digest).toBe(digest);
  expect((await cached.digest({ epoch: 1 })).digest).toBe(digest);
  const ahead = augmented(loadingScans(5).scans).pipe(op.prefetch({ concurrency: 3 }));
  expect((await ahead.digest({ epoch: 1 })).digest).toBe(digest);
  expect((await ahead.digest({ epoch: 2 })).digest).not.toBe(digest);
  expect(ahead.explain()).toContain("epoch 0 is next");
});

const digestOf = async (...images: readonly Volume[]) =>
  (await Dataset.from(images.map((image) => ({ image }))).digest()).digest;

test("how samples lie in memory does not count, nor what says where they lay", async () => {
  const image = ramp([1, 3, 4, 5]);
  const view = image.flip([0]);
  const copy = view.toContiguous();
  expect(await digestOf(view)).toBe(await digestOf(copy));
  expect(await digestOf(view)).toBe(await digestOf(view.withMeta({ ...view.meta, source: "/elsewhere/a.nii" })));
  const batched = (volume: Volume) =>
    Dataset.from([{ image: volume }])
      .pipe(op.batch(1))
      .digest();
  expect((await batched(view)).digest).toBe((await batched(copy.withMeta({ source: "b" }))).digest);
});

test("one voxel, the affine, the type, a field and the order count", async () => {
  const image = ramp([1, 3, 4, 5]);
  const digests = await Promise.all([
    digestOf(image, image.flip([1])),
    digestOf(image.flip([1]), image),
    digestOf(
      image.mapSamples((value) => (value === 7 ? 7.5 : value)),
      image.flip([1]),
    ),
    digestOf(
      image
        .flip([0])
        .flip([0])
        .withAffine([...image.affine].map((value, n) => (n === 3 ? value + 1 : value))),
    ),
    digestOf(image),
    digestOf(ramp([1, 3, 4, 5], "float64")),
    Dataset.from([{ image, name: "a" }])
      .digest()
      .then(({ digest }) => digest),
    Dataset.from([{ image, name: "b" }])
      .digest()
      .then(({ digest }) => digest),
    Dataset.from([{ image, name: "b" }], { id: () => "x" })
      .digest()
      .then(({ digest }) => digest),
  ]);
  expect(new Set(digests).size).toBe(digests.length);
});

test("it says what may explain a difference", async () => {
  const result = await Dataset.from([1, 2], { seed: 3 }).digest({ epoch: 4 });
  const { node, arch, platform } = { node: process.version, ...process };
  expect(result).toMatchObject({ items: 2, epoch: 4, seeds: [3], node, arch, platform });
  expect(result.decoders.zlib).toBe(process.versions.zlib);
  expect(String(result).split("\n")).toEqual([
    result.digest,
    "2 items of epoch 4, seed 3",
    expect.stringContaining(`Node ${node} on ${platform} ${arch}, zlib`),
  ]);
  expect(JSON.parse(JSON.stringify(result))).toMatchObject({ digest: result.digest });
});

test("an item without an exact content is refused by name; an abort ends it", async () => {
  const failing = Dataset.from([{ call: () => 1 }], { id: () => "first" }).digest();
  await expect(failing).rejects.toMatchObject({ code: "VOXRX_UNCACHEABLE", item: "first" });
  const reason = new Error("enough");
  await expect(Dataset.from([1]).digest({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
