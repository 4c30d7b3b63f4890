import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, IndexedDataset } from "voxrx";
import { type Entry, open, type Position } from "voxrx/extend";
import { balance, join, map, mapAsync, mix, prefetch, shuffle, take, tap } from "voxrx/operators";
import { countingSource, takeAndLeave } from "../../support/counting.ts";
import { entriesOf } from "../../support/entries.ts";
import { runsOf } from "../../support/long.ts";
import { attempt } from "../../support/thrown.ts";

const strategies = ["firstExhausted", "allExhausted", "allExhaustedWithoutReplacement"] as const;
type Strategy = (typeof strategies)[number];

type Lists = readonly (readonly string[])[];

/** What a mix of lists is, computed item by item with integers. */
function model(lists: Lists, weights: readonly number[], strategy: Strategy): string[] {
  const [turns, ended, left] = [lists.map(() => 0), lists.map(() => false), weights.map((weight) => weight === 0)];
  const items: string[] = [];
  for (;;) {
    let who = -1;
    for (const n of lists.keys()) {
      const isFirst = who < 0 || (2 * at(turns, n) + 1) * at(weights, who) < (2 * at(turns, who) + 1) * at(weights, n);
      if (!left[n] && isFirst) who = n;
    }
    if (who < 0) return items;
    const list = lists[who] ?? [];
    if (at(turns, who) > 0 && at(turns, who) % list.length === 0) ended[who] = true;
    if (list.length === 0) ended[who] = true;
    if (ended[who] && strategy === "firstExhausted") return items;
    if (strategy === "allExhausted" && ended.every((has, n) => has || weights[n] === 0)) return items;
    if (list.length === 0 || (ended[who] && strategy !== "allExhausted")) {
      left[who] = true;
      continue;
    }
    items.push(list[at(turns, who) % list.length] ?? "");
    turns[who] = at(turns, who) + 1;
  }
}

const at = (numbers: readonly number[], n: number) => numbers[n] ?? 0;

const listsOf = (lengths: readonly number[]): Lists =>
  lengths.map((length, n) => Array.from({ length }, (_, i) => `${"abcdef"[n]}${i}`));

const asList = (items: readonly string[]): Dataset<string> => Dataset.from(items);
const asStream = (items: readonly string[]): Dataset<string> => Dataset.from(() => items.values());

function mixOf(lists: Lists, weights: readonly number[], stoppingStrategy: Strategy, make = asList): Dataset<string> {
  return mix(
    lists.map((items, n) => ({ dataset: make(items), weight: at(weights, n) })),
    { stoppingStrategy },
  );
}

const anyMix = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 12 })), { minLength: 1, maxLength: 5 }),
    fc.constantFrom(...strategies),
  )
  .filter(([parts]) => parts.some(([, weight]) => weight > 0))
  .map(([parts, strategy]) => ({
    lists: listsOf(parts.map(([length]) => length)),
    weights: parts.map(([, weight]) => weight),
    strategy,
  }));

const values = <T>(entries: readonly Entry<T>[]) => entries.map(({ value }) => value);

/** The first items of a run that continues at a position. */
async function firstOf<T>(dataset: Dataset<T>, count: number, from?: Position): Promise<Entry<T>[]> {
  const cursor = open(dataset.stage, { epoch: 1, seed: undefined, signal: new AbortController().signal }, from);
  const entries: Entry<T>[] = [];
  for (let entry = await cursor.next(); entry; entry = await cursor.next()) {
    entries.push(entry);
    if (entries.length >= count) break;
  }
  await cursor.close();
  return entries;
}

describe("mix", () => {
  test("is what integers say, as a list, as a stream, by index and ahead", async () => {
    await fc.assert(
      fc.asyncProperty(anyMix, async ({ lists, weights, strategy }) => {
        const wanted = model(lists, weights, strategy);
        const listed = mixOf(lists, weights, strategy).asIndexed();
        expect(await listed.toArray()).toEqual(wanted);
        expect(listed.length).toBe(wanted.length);
        for (const n of wanted.keys()) expect(await listed.at(wanted.length - 1 - n)).toBe(wanted.at(-1 - n));
        expect(await listed.pipe(prefetch({ concurrency: 3 })).toArray()).toEqual(wanted);
        const streamed = mixOf(lists, weights, strategy, asStream);
        expect(streamed).not.toBeInstanceOf(IndexedDataset);
        expect(await streamed.toArray()).toEqual(wanted);
        expect((await entriesOf(streamed)).map(({ id }) => id)).toEqual((await entriesOf(listed)).map(({ id }) => id));
      }),
      { numRuns: runsOf(120) },
    );
  });

  test("after any number of items, each of up to three datasets has given its share, within one item", async () => {
    const weight = fc.double({ min: 1e-3, max: 1e3, noNaN: true });
    await fc.assert(
      fc.asyncProperty(fc.array(weight, { minLength: 1, maxLength: 3 }), async (weights) => {
        const lists = listsOf(weights.map(() => 60));
        const entries = await firstOf(mixOf(lists, weights, "firstExhausted", asStream), 60);
        const sum = weights.reduce((total, each) => total + each, 0);
        const counts = weights.map(() => 0);
        for (const [n, { id }] of entries.entries()) {
          const who = Number(id.split(":")[0]);
          counts[who] = at(counts, who) + 1;
          for (const [k, each] of weights.entries())
            expect(Math.abs(at(counts, k) - ((n + 1) * each) / sum)).toBeLessThan(1 + 1e-9);
        }
      }),
      { numRuns: runsOf(60) },
    );
  });

  test("goes on with other weights from where each dataset was: nothing lost, nothing repeated", async () => {
    const anyWeights = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 });
    const someWeight = anyWeights.filter((weights) => weights.some((weight) => weight > 0));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(someWeight, fc.integer({ min: 1, max: 6 })), { minLength: 2, maxLength: 5 }),
        fc.constantFrom("firstExhausted" as const, "allExhaustedWithoutReplacement" as const),
        fc.boolean(),
        fc.boolean(),
        async (parts, strategy, isList, isAhead) => {
          const work = mapAsync(async (item: string) => item, { concurrency: 2 });
          let rest = listsOf([8, 6, 9]);
          let from: Position | undefined;
          // Under the same weights as before, the turns go on; they begin again under others.
          let under: { readonly weights: readonly number[]; readonly items: readonly string[]; given: number } = {
            weights: [],
            items: [],
            given: 0,
          };
          for (const [weights, count] of parts) {
            if (String(weights) !== String(under.weights))
              under = { weights, items: model(rest, weights, strategy), given: 0 };
            const mixed = mixOf(listsOf([8, 6, 9]), weights, strategy, isList ? asList : asStream);
            const dataset = isAhead ? mixed.pipe(work, prefetch({ concurrency: 3 })) : mixed;
            const got = await firstOf(dataset, count, from);
            expect(values(got)).toEqual(under.items.slice(under.given, under.given + count));
            under.given += count;
            const given = new Set(values(got));
            rest = rest.map((list) => list.filter((item) => !given.has(item)));
            if (got.length < count) return;
            from = JSON.parse(JSON.stringify(got.at(-1)?.next));
            expect(JSON.stringify(from).length).toBeLessThan(300);
          }
        },
      ),
      { numRuns: runsOf(80) },
    );
  });

  test("weights are not part of what the plan is; how it stops is", () => {
    const identityOf = (weights: readonly number[], strategy: Strategy) =>
      mixOf(listsOf([2, 2]), weights, strategy).stage.identity;
    expect(identityOf([1, 2], "firstExhausted")).toEqual(identityOf([7, 0], "firstExhausted"));
    expect(identityOf([1, 2], "firstExhausted")).not.toEqual(identityOf([1, 2], "allExhausted"));
  });

  test("a pass that follows another is in an epoch of its own, and has ids of its own", async () => {
    const small = Dataset.from([1, 2, 3, 4, 5, 6, 7, 8]).pipe(
      shuffle(),
      map((n, { random }) => `${n} ${random().integer(1e6)}`),
    );
    const large = Dataset.from(Array.from({ length: 24 }, () => "large"));
    const mixed = mix([{ dataset: large }, { dataset: small }], { stoppingStrategy: "allExhausted" });
    const seen = new Set<string>();
    const ids: string[] = [];
    for (const epoch of [0, 1, 2]) {
      const entries = (await entriesOf(mixed, undefined, epoch)).filter(({ value }) => value !== "large");
      for (let pass = 0; pass < 3; pass++)
        seen.add(
          values(entries)
            .slice(pass * 8, pass * 8 + 8)
            .join(),
        );
      ids.push(...(epoch === 0 ? entries.map(({ id }) => id) : []));
    }
    expect(seen.size).toBe(9);
    expect(new Set(ids).size).toBe(24);
    expect(await mixed.at(40, { epoch: 2 })).toBe((await mixed.epoch(2).toArray())[40]);
  });

  test("an item is found without those before it, however long the mix is", async () => {
    const computed: number[] = [];
    const counted = Dataset.from(Array.from({ length: 10 }, (_, n) => n)).pipe(tap((n) => computed.push(n)));
    const mixed = mix(
      [
        { dataset: counted, weight: 1e12 },
        { dataset: counted, weight: 1 },
      ],
      { stoppingStrategy: "allExhausted" },
    );
    await mixed.ready();
    expect(mixed.length).toBe(10.5e12 + 10);
    await mixed.at(-1);
    await mixed.at(7e12);
    expect(computed).toHaveLength(2);
    const endless = [{ dataset: counted, weight: 2 ** 52 }, { dataset: counted }];
    expect(() => mix(endless, { stoppingStrategy: "allExhausted" }).length).toThrow(/VOXRX_TOO_LARGE|would have/);
    expect(await mix(endless, { stoppingStrategy: "allExhaustedWithoutReplacement" }).toArray()).toHaveLength(20);
  });

  test("nested mixes multiply their shares, and a mix of one dataset is that dataset", async () => {
    const inner = mixOf(listsOf([40, 40]), [1, 3], "firstExhausted");
    const nested = mix([{ dataset: inner }, { dataset: Dataset.from(Array.from({ length: 40 }, () => "c")) }]);
    const first = (await nested.toArray()).slice(0, 64).map((item) => item[0]);
    expect(["a", "b", "c"].map((letter) => first.filter((each) => each === letter).length)).toEqual([8, 24, 32]);
    expect(await mix([{ dataset: Dataset.from([3, 1, 2]) }]).toArray()).toEqual([3, 1, 2]);
  });

  test("pulls only the dataset that has the turn, and closes all when one ends", async () => {
    const [often, seldom, never] = [countingSource(), countingSource({ length: 2 }), countingSource()];
    const mixed = mix([
      { dataset: often.source, weight: 3 },
      { dataset: seldom.source },
      { dataset: never.source, weight: 0 },
    ]);
    await takeAndLeave(mixed, 4);
    expect([often.counts, seldom.counts]).toEqual([
      { opened: 1, closed: 1, produced: 3 },
      { opened: 1, closed: 1, produced: 1 },
    ]);
    await mixed.toArray();
    expect([often.counts.closed, seldom.counts.closed]).toEqual([2, 2]);
    expect(never.counts.opened).toBe(0);
  });

  test("a dataset whose length differs from pass to pass is mixed as a stream, alike with look-ahead", async () => {
    const rows = Array.from({ length: 12 }, (_, n) => ({ n, kind: n % 5 === 0 }));
    const some = Dataset.from(rows).pipe(shuffle(), take(5), balance({ by: "kind" }));
    const labels = Dataset.from(rows.slice(0, 7)).pipe(map(({ n }) => ({ n, label: `l${n}` })));
    for (const varying of [some, join(Dataset.from(rows).pipe(shuffle(), take(5)), labels, { on: "n" })]) {
      const lengths = new Set<number>();
      for (let epoch = 0; epoch < 8; epoch++) lengths.add((await varying.toArray({ epoch })).length);
      expect(lengths.size).toBeGreaterThan(1);
      const mixed = mix([{ dataset: varying, weight: 3 }, { dataset: Dataset.from(rows) }], {
        stoppingStrategy: "allExhausted",
      });
      for (let epoch = 0; epoch < 4; epoch++) {
        const ahead = mixed.pipe(prefetch({ buffer: 3, concurrency: 2 }));
        expect(await ahead.toArray({ epoch })).toEqual(await mixed.toArray({ epoch }));
      }
      expect(() => mixed.length).toThrow(expect.objectContaining({ code: "VOXRX_NOT_INDEXED" }));
    }
  });

  test("refuses weights that say nothing", () => {
    const dataset = Dataset.from([1]);
    const refused = (...weights: number[]) => attempt(() => mix(weights.map((weight) => ({ dataset, weight }))));
    for (const weights of [[-1], [Number.NaN], [Number.POSITIVE_INFINITY], [0], [0, 0], [], [1e-300, 1]])
      expect(refused(...weights)).toMatchObject({ code: "VOXRX_BAD_OPTION", operator: "mix" });
    expect(String(refused(1, -2))).toContain("datasets.1.weight: expected a number of at least 0, got -2");
  });
});
