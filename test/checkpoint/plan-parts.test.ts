import { join } from "node:path";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Checkpoint, Dataset, lmdbStore, Volume } from "voxrx";
import { itemOperator } from "voxrx/extend";
import { cacheUntilRandom, compose, map, oneOf, randFlip, someOf } from "voxrx/operators";
import { temporaryFolder } from "../support/folder.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Row {
  readonly n: number;
}

const rows = Array.from({ length: 6 }, (_, n) => ({ n }));
const named = (prefix: string) => Dataset.from(rows, { id: ({ n }) => `${prefix}${n}` });
const volumes = () =>
  Dataset.from([1, 2]).pipe(map((n) => new Volume({ data: Uint8Array.of(n, 2), shape: [1, 2, 1, 1] }), { version: 1 }));
const plus = (k: number) => map(({ n }: Row) => ({ n: n + k }));
const times = (k: number) =>
  itemOperator<{ k: number }>()({
    name: "times",
    version: 1,
    kind: "opaque",
    options: { k: v.number() },
    apply: (item) => item,
  })({ k });
const called = (step: number) =>
  itemOperator<{ step: number; on: () => void }>()({
    name: "called",
    version: 1,
    kind: "opaque",
    options: { step: v.number(), on: v.custom<() => void>((given) => typeof given === "function") },
    apply: (item) => item,
  })({ step, on: () => undefined });

async function begun<T>(dataset: Dataset<T>): Promise<Checkpoint> {
  const run = dataset.iterate();
  await run.next();
  const checkpoint = run.checkpoint();
  await run.return();
  return JSON.parse(JSON.stringify(checkpoint));
}

const pairs: Readonly<Record<string, readonly [() => Dataset<unknown>, () => Dataset<unknown>]>> = {
  "weights of a choice with functions": [
    () => Dataset.from(rows).pipe(oneOf([plus(1), plus(2)], { weights: [1, 0] })),
    () => Dataset.from(rows).pipe(oneOf([plus(1), plus(2)], { weights: [0, 1] })),
  ],
  "options inside a choice with functions": [
    () => volumes().pipe(someOf([randFlip({ spatialAxis: 0 }), compose(map((volume: Volume) => volume))])),
    () => volumes().pipe(someOf([randFlip({ spatialAxis: 1 }), compose(map((volume: Volume) => volume))])),
  ],
  "options of an opaque operator of a user": [
    () => Dataset.from(rows).pipe(times(1)),
    () => Dataset.from(rows).pipe(times(2)),
  ],
  "options beside a function": [() => Dataset.from(rows).pipe(called(1)), () => Dataset.from(rows).pipe(called(2))],
  "the rounding of a cache": [
    () => volumes().pipe(cacheUntilRandom({ store: lmdbStore(join(folder.path, "keep")) })),
    () => volumes().pipe(cacheUntilRandom({ store: lmdbStore(join(folder.path, "half"), { dtype: "float16" }) })),
  ],
  "ids that the user gives": [() => named("a"), () => named("b")],
};

describe("a checkpoint is refused by a plan with other", () => {
  test.for(Object.entries(pairs))("%s", async ([, [one, other]]) => {
    const from = await begun(one());
    expect((await one().toArray({ from })).length).toBeGreaterThan(0);
    await expect(other().toArray({ from })).rejects.toMatchObject({ code: "VOXRX_OTHER_PLAN" });
  });
});

test("a long plan, whose list is known only later, continues from a checkpoint before the first item", async () => {
  const long = (list: readonly Row[]) => {
    let dataset: Dataset<Row> = Dataset.lazy(async () => list);
    for (let k = 0; k < 60; k++) dataset = dataset.pipe(plus(k));
    return dataset;
  };
  const run = long(rows).iterate();
  const from = JSON.parse(JSON.stringify(run.checkpoint()));
  await run.return();
  expect(from.plan.length).toBe(1);
  const dataset = long(rows);
  await dataset.toArray();
  expect((await dataset.toArray({ from })).length).toBe(6);
  const later = await begun(long(rows));
  const other = long(rows.map(({ n }) => ({ n: n + 1 })));
  await other.toArray();
  await expect(other.toArray({ from: later })).rejects.toMatchObject({ code: "VOXRX_OTHER_PLAN" });
});
