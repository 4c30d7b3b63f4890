import { expect, test, vi } from "vitest";
import { Dataset } from "voxrx";
import { open, type Run } from "voxrx/extend";
import * as op from "voxrx/operators";
import { RunMeter } from "../../src/watch/meter.ts";
import type { Watch } from "../../src/watch/watch.ts";
import { turns } from "../support/counting.ts";

type Counts = { entry: number; end: number; error: number; ms: number };

/** Counts of what was answered, by the name of the stage: entries, ends, errors, and the time in which it worked. */
class Counting {
  readonly meter = new RunMeter();
  readonly #outcomes = new Map<object, Counts>();
  readonly watch: Watch = {
    asked: (stage, by) => {
      const answered = this.meter.asked(stage, by);
      return (outcome, item) => {
        const known = this.#outcomes.get(stage) ?? { entry: 0, end: 0, error: 0, ms: 0 };
        known[outcome]++;
        this.#outcomes.set(stage, known);
        answered(outcome, item);
      };
    },
    works: (stage, part) => this.meter.works(stage, part),
    rests: (stage, part) => this.meter.rests(stage, part),
    sends: (stage) => this.meter.sends(stage),
    worked: (...said) => this.meter.worked(...said),
    cached: (...said) => this.meter.cached(...said),
  };

  get counts(): Map<string, Counts> {
    const counts = new Map<string, Counts>();
    for (const [stage, each] of this.#outcomes) {
      const name = nameOf(stage);
      const known = counts.get(name) ?? { entry: 0, end: 0, error: 0, ms: 0 };
      const { busyMs } = this.meter.of(stage);
      counts.set(name, {
        entry: known.entry + each.entry,
        end: known.end + each.end,
        error: known.error + each.error,
        ms: known.ms + busyMs,
      });
    }
    return counts;
  }

  entries(name: string): number | undefined {
    return this.counts.get(name)?.entry;
  }
}

function nameOf(stage: object): string {
  return "describe" in stage && typeof stage.describe === "function" ? stage.describe().at(-1)?.name : "";
}

function runWith(watch?: Watch): Run {
  return { epoch: 0, seed: undefined, signal: new AbortController().signal, watch };
}

async function watched(dataset: Dataset<unknown>): Promise<Counting> {
  const watch = new Counting();
  const cursor = open(dataset.stage, runWith(watch.watch));
  while (await cursor.next());
  await cursor.close();
  return watch;
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

const plusOne = op.map((n: number) => n + 1, { name: "plusOne" });

test("every stage along a stream is counted, once for each entry, and its end", async () => {
  const watch = await watched(
    Dataset.from(() => numbers(10).values()).pipe(
      plusOne,
      op.shuffle({ buffer: 3 }),
      op.flatMap((n) => [n, n]),
      op.take(12),
      op.batch(2),
      op.unbatch(),
      op.repeat(2),
      op.progress({ onProgress: () => undefined }),
    ),
  );
  const entries = Object.fromEntries([...watch.counts].map(([name, { entry }]) => [name, entry]));
  expect(entries).toMatchObject({ flatMap: 24, take: 24, batch: 12, unbatch: 24, repeat: 24, progress: 24 });
  expect(watch.counts.get("repeat")).toMatchObject({ end: 1, error: 0 });
  expect(watch.counts.get("unbatch")).toMatchObject({ end: 2 });
  expect(entries["map plusOne"]).toBeGreaterThanOrEqual(12);
  expect(entries.from).toBe(entries["map plusOne"]);
});

test("items fetched by index are counted, also those of a stage inside", async () => {
  const watch = await watched(
    Dataset.from(numbers(6)).pipe(
      plusOne,
      op.shuffle(),
      op.subset([0, 1, -1]),
      op.batch(2),
      op.prefetch({ concurrency: 3 }),
    ),
  );
  expect([...watch.counts].map(([name, { entry }]) => [name, entry])).toEqual(
    expect.arrayContaining([
      ["from", 3],
      ["map plusOne", 3],
      ["shuffle", 3],
      ["subset", 3],
      ["batch", 2],
      ["prefetch", 2],
    ]),
  );
});

test("a stage whose stream goes by index is counted once for each entry", async () => {
  const watch = await watched(Dataset.from(numbers(6)).pipe(plusOne, op.shuffle()));
  expect(watch.counts.get("shuffle")).toMatchObject({ entry: 6, end: 1 });
  expect(watch.entries("map plusOne")).toBe(6);
});

test("a chain with several items in work before prefetch is counted", async () => {
  const stream = Dataset.from(() => numbers(5).values());
  for (const dataset of [
    stream.pipe(plusOne, op.prefetch({ concurrency: 3 })),
    stream.pipe(plusOne, op.prefetch(2)),
    stream.pipe(
      op.mapAsync(async (n) => n, { name: "plusOne", concurrency: 3 }),
      op.prefetch({ concurrency: 2 }),
    ),
  ]) {
    const watch = await watched(dataset);
    const chain = [...watch.counts.keys()].find((name) => name.endsWith("plusOne")) ?? "";
    expect([watch.entries("from"), watch.entries(chain), watch.entries("prefetch")]).toEqual([5, 5, 5]);
  }
});

test("what several consumers share, what is cached and what runs in RxJS is counted", async () => {
  const shared = await watched(Dataset.from(numbers(4)).pipe(plusOne).share());
  expect([shared.entries("from"), shared.entries("map plusOne"), shared.entries("share")]).toEqual([4, 4, 4]);
  const cached = await watched(
    Dataset.from(numbers(4)).pipe(
      op.map((n) => n, { version: 1 }),
      op.smartReplace({ cacheNum: 2 }),
    ),
  );
  expect(cached.entries("smartReplace")).toBe(2);
  const bridged = await watched(Dataset.from(numbers(4)).pipe(op.rxjs((source) => source, { name: "same" })));
  expect([bridged.entries("from"), bridged.entries("rxjs(same)")]).toEqual([4, 4]);
  const joined = await watched(
    op.zip(Dataset.from(numbers(3)), op.concat(Dataset.from(numbers(2)), Dataset.from([9]))),
  );
  expect([joined.entries("from"), joined.entries("concat"), joined.entries("zip")]).toEqual([6, 3, 3]);
});

test("errors are counted as errors, and an item that is skipped is one of them", async () => {
  const watch = await watched(
    Dataset.from(numbers(4)).pipe(
      op.map(
        (n) => {
          if (n === 2) throw new Error("bad");
          return n;
        },
        { name: "bad" },
      ),
      op.onError({ skip: true, onSkip: () => undefined }),
    ),
  );
  expect(watch.counts.get("map bad")).toMatchObject({ entry: 3, error: 1, end: 1 });
  expect(watch.counts.get("onError")).toMatchObject({ entry: 3, error: 0, end: 1 });
});

test("the time of a chain is that in which its transforms work", async () => {
  let clock = 0;
  const now = vi.spyOn(performance, "now").mockImplementation(() => clock);
  try {
    const slow = Dataset.from(numbers(3)).pipe(
      op.map(async (n) => {
        await turns(1);
        clock += 15;
        return n;
      }),
    );
    const watch = await watched(slow);
    expect(watch.counts.get("map")?.ms).toBe(45);
    expect(watch.counts.get("from")?.ms).toBe(0);
  } finally {
    now.mockRestore();
  }
});

test("nothing is timed where nobody watches", async () => {
  const now = vi.spyOn(performance, "now");
  try {
    const dataset = Dataset.from(numbers(20)).pipe(plusOne, op.shuffle(), op.take(15), op.batch(3), op.unbatch());
    const cursor = open(dataset.stage, runWith());
    while (await cursor.next());
    await cursor.close();
    expect(now).not.toHaveBeenCalled();
  } finally {
    now.mockRestore();
  }
});
