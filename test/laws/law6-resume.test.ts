import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Dataset, isVoxRxError } from "voxrx";
import { type Entry, findIndex, indexOf, open, type Position, positionIn, type Run } from "voxrx/extend";
import { runsLongTests, runsOf, triesOf } from "../support/long.ts";
import { anyResumable, anyWay, eachResumable, type Resumable, type Way } from "../support/resumable.ts";
import { spelledOut } from "../support/volumes.ts";

/** A pipeline that hangs is named: this is shorter than the limit of a test. */
const hangMs = 300_000;

const plainly: Way = { ahead: 0, isCached: false };

function runOf(epoch: number, seed?: number): Run {
  return { epoch, seed, signal: new AbortController().signal };
}

/** Entries of one run, from a position on, at most so many of them. */
async function entriesOf(
  dataset: Dataset<unknown>,
  run: Run,
  { from, most = Number.POSITIVE_INFINITY }: { readonly from?: Position; readonly most?: number } = {},
): Promise<Entry<unknown>[]> {
  const cursor = open(dataset.stage, run, from);
  const entries: Entry<unknown>[] = [];
  try {
    while (entries.length < most) {
      const entry = await cursor.next();
      if (!entry) break;
      entries.push(entry);
    }
  } finally {
    await cursor.close();
  }
  return entries;
}

/** What must be the same of an entry: all of it. */
const seen = ({ id, index, value, draws = [], next }: Entry<unknown>) => ({
  id,
  index,
  value: spelledOut(value),
  fields: typeof value === "object" && value !== null ? Object.keys(value) : [],
  draws,
  next,
});

const throughJson = (position: Position): Position => JSON.parse(JSON.stringify(position));

/** The whole of a run; undefined where the pipeline itself is at fault, such as a subset of nothing. */
async function wholeRun(pipeline: Resumable, run: Run): Promise<Entry<unknown>[] | undefined> {
  try {
    return await entriesOf(pipeline.build(plainly), run);
  } catch (error) {
    if (isVoxRxError(error, "VOXRX_OUT_OF_RANGE")) return undefined;
    throw error;
  }
}

interface Stops {
  readonly stops: readonly number[];
  readonly ways: readonly [Way, Way, Way];
  /** Whether a run continues in the dataset that was stopped, with what it holds, or in another one. */
  readonly again: boolean;
}

/** Runs a pipeline to a stop, continues to the next one, and so on, each time in another way. */
async function expectExactRest(pipeline: Resumable, run: Run, { stops, ways, again }: Stops): Promise<void> {
  const whole = await wholeRun(pipeline, run);
  if (!whole) return;
  const wanted = whole.map(seen);
  for (const { next } of wanted) expect(JSON.stringify(next).length).toBeLessThan(2048);
  const datasets = ways.map((way) => pipeline.build(way));
  let at = 0;
  let from: Position | undefined;
  for (const [n, stop] of stops.entries()) {
    if (at >= wanted.length) break;
    const dataset = datasets[again ? 0 : n % datasets.length] ?? pipeline.build(plainly);
    const most = 1 + (stop % (wanted.length - at));
    const got = await entriesOf(dataset, run, from === undefined ? { most } : { from, most });
    expect(got.map(seen)).toEqual(wanted.slice(at, at + most));
    at += most;
    from = throughJson(got.at(-1)?.next ?? null);
    const rest = await entriesOf(datasets[(n + 1) % datasets.length] ?? dataset, run, { from });
    expect(rest.map(seen)).toEqual(wanted.slice(at));
  }
}

// Each operator comes three times over a list, after other ones; in short tests once.
const tried = eachResumable.filter((_, n) => runsLongTests || n % 3 === Math.floor(n / 3) % 3);

describe("law 6: a run continues after any of its items, exactly, again and again", () => {
  test.each(tried.map((pipeline) => [String(pipeline), pipeline] as const))("%s", async (_, pipeline) => {
    const run = runOf(1);
    const whole = (await wholeRun(pipeline, run)) ?? [];
    expect(whole.length).toBeGreaterThan(0);
    const ways = [{ ahead: 1, isCached: true }, ...(runsLongTests ? [plainly, { ahead: 6, isCached: false }] : [])];
    for (const way of ways) {
      expect((await entriesOf(pipeline.build(way), run)).map(seen)).toEqual(whole.map(seen));
      for (const [n, { next }] of whole.entries()) {
        const rest = await entriesOf(pipeline.build(way), run, { from: throughJson(next) });
        expect(rest.map(seen)).toEqual(whole.slice(n + 1).map(seen));
      }
    }
  });

  test("in any pipeline, whatever the look-ahead and the caches of each part of the run", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyResumable,
        fc.record({
          stops: fc.array(fc.nat({ max: 1000 }), { minLength: 2, maxLength: 4 }),
          ways: fc.tuple(anyWay, anyWay, anyWay),
          again: fc.boolean(),
        }),
        fc.nat({ max: 3 }),
        fc.option(fc.integer(), { nil: undefined }),
        (pipeline, stops, epoch, seed) => expectExactRest(pipeline, runOf(epoch, seed), stops),
      ),
      { numRuns: triesOf("VOXRX_PIPELINES", { short: 40, long: 1500 }), timeout: hangMs },
    );
  });

  test("an item by index continues where the item of the stream does", async () => {
    const expectSamePositions = async (pipeline: Resumable) => {
      const { index } = pipeline.bare?.().stage ?? {};
      if (!pipeline.bare || !index) return;
      const whole = await wholeRun(pipeline, runOf(0));
      if (!whole) return;
      const view = await indexOf(pipeline.bare().stage, runOf(0));
      expect(view.length).toBe(whole.length);
      // The pipeline itself without what leaves out the items that fail, which counts them.
      const nexts = whole.map(({ next }) => (Array.isArray(next) ? next[0] : next));
      expect(nexts).toEqual(nexts.map((_, n) => positionIn(view, n + 1)));
      expect(nexts.map((next) => findIndex(view, throughJson(next)))).toEqual(nexts.map((_, n) => n + 1));
    };
    for (const pipeline of tried) await expectSamePositions(pipeline);
    await fc.assert(fc.asyncProperty(anyResumable, expectSamePositions), { numRuns: runsOf(240) });
  });

  test("a position that a plan can't have given is refused", async () => {
    const bad: readonly Position[] = [-1, 1.5, 1e9, "there", true, [1], [1, 2, 3], { a: 1 }, [["x"], -1], [null, {}]];
    await fc.assert(
      fc.asyncProperty(anyResumable, fc.constantFrom(...bad), anyWay, async (pipeline, from, way) => {
        if (!(await wholeRun(pipeline, runOf(0)))) return;
        const refused = async () => entriesOf(pipeline.bare?.() ?? pipeline.build(way), runOf(0), { from });
        await expect(refused()).rejects.toMatchObject({ code: "VOXRX_BAD_POSITION" });
      }),
      { numRuns: runsOf(180) },
    );
  });
});
