import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { Dataset, type IndexedDataset } from "voxrx";
import { crossValidation, partition, resampleDatalist, type SectionRule, sections, selectFolds } from "voxrx/datasets";
import { balance, map, mix, shuffle, smartReplace, subset } from "voxrx/operators";

const monai = "monai" as const;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const from1 = (n: number) => range(n).map((i) => i + 1);
const lists = <T>(parts: readonly IndexedDataset<T>[]) => Promise.all(parts.map((part) => part.toArray()));

describe("MONAI's partitions", () => {
  test("in order: dealt, even, even by dropping, in proportion", async () => {
    expect(await lists(partition(from1(4), { partitions: 2 }))).toEqual([
      [1, 3],
      [2, 4],
    ]);
    const five = from1(5);
    expect(await lists(partition(five, { partitions: 2 }))).toEqual([
      [1, 3, 5],
      [2, 4],
    ]);
    expect(await lists(partition(five, { partitions: 2, evenDivisible: true }))).toEqual([
      [1, 3, 5],
      [2, 4, 1],
    ]);
    expect(await lists(partition(five, { partitions: 2, evenDivisible: true, dropLast: true }))).toEqual([
      [1, 3],
      [2, 4],
    ]);
    for (const ratios of [
      [3, 2],
      [2, 1],
    ])
      expect(await lists(partition(five, { ratios }))).toEqual([
        [1, 2, 3],
        [4, 5],
      ]);
  });

  test("shuffled by a seed", async () => {
    expect(await lists(partition(from1(4), { partitions: 2, seed: 123, rng: monai }))).toEqual([
      [4, 2],
      [1, 3],
    ]);
    expect(await lists(partition(from1(5), { ratios: [2, 1], seed: 123, rng: monai }))).toEqual([
      [2, 4, 5],
      [1, 3],
    ]);
    expect(await lists(partition(range(10), { partitions: 3, seed: 42, rng: monai }))).toEqual([
      [8, 0, 9, 6],
      [1, 7, 4],
      [5, 2, 3],
    ]);
    const folds = await lists(partition(range(10), { partitions: 5, seed: 12345, rng: monai }));
    expect(folds).toEqual([
      [0, 4],
      [7, 1],
      [3, 8],
      [9, 5],
      [6, 2],
    ]);
  });

  test("rounding loses an item as in MONAI with its generator, and none with ours", async () => {
    const thirds = { ratios: [1, 1, 1], seed: 0 };
    expect(await lists(partition(range(10), { ...thirds, rng: monai }))).toEqual([
      [2, 8, 4],
      [9, 1, 6],
      [7, 3, 0],
    ]);
    const ours = await lists(partition(range(10), thirds));
    expect(ours.flat().sort((a, b) => a - b)).toEqual(range(10));
  });

  test("folds are selected from both ends", async () => {
    const five = partition(from1(5), { partitions: 5 });
    expect(await selectFolds(five, [0, 2, 3, 4]).toArray()).toEqual([1, 3, 4, 5]);
    expect(await selectFolds(five, 1).toArray()).toEqual([2]);
    const pairs = partition(from1(10), { ratios: [1, 1, 1, 1, 1] });
    expect(await selectFolds(pairs, [-1, 2]).toArray()).toEqual([9, 10, 5, 6]);
    expect(() => selectFolds(five, 5)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
  });

  test("data lists are resampled", async () => {
    const of = (n: number, factor: number, random = false, seed = 0) =>
      resampleDatalist(n === 5 ? from1(5) : range(n), { factor, randomPick: random, seed, rng: monai }).toArray();
    expect(await of(5, 2.5, true, 123)).toEqual([...from1(5), ...from1(5), 2, 4, 5]);
    expect(await of(5, 2.5)).toEqual([...from1(5), ...from1(5), 1, 2, 3]);
    expect(await of(5, 0.6, true, 123)).toEqual([2, 4, 5]);
    expect(await of(10, 0.25)).toEqual([0, 1, 2]);
    expect(await of(10, 1.26)).toEqual([...range(10), 0, 1, 2]);
    expect(await of(4, 0.001)).toEqual([]);
  });

  test("sections of Decathlon, MedNIST and IXI", async () => {
    const task04 = sections(range(260), { rule: "decathlon", rng: monai });
    const validation = await task04.validation.toArray();
    expect(validation.length).toBe(52);
    expect(validation.slice(0, 10)).toEqual([233, 106, 237, 76, 173, 170, 8, 71, 37, 152]);
    const training = await task04.training.toArray();
    expect(training.length).toBe(208);
    expect(training.slice(0, 5)).toEqual([124, 184, 74, 196, 189]);
    const task09 = sections(range(41), { rule: "decathlon", rng: monai });
    expect(await task09.validation.toArray()).toEqual([25, 35, 29, 4, 10, 31, 27, 11]);
    expect((await task09.training.toArray()).length).toBe(33);

    const mednist = sections(range(58954), { rule: "mednist", valFrac: 0.1, testFrac: 0.1, rng: monai });
    await mednist.training.ready();
    expect([mednist.training.length, mednist.validation.length, mednist.test.length]).toEqual([47164, 5895, 5895]);

    const ixi = sections(range(10), { rule: "ixi", valFrac: 0.2, testFrac: 0.2, rng: monai });
    expect(await ixi.training.toArray()).toEqual(range(9));
    expect(await ixi.validation.toArray()).toEqual([]);
    expect(await ixi.test.toArray()).toEqual([9]);
  });
});

describe("parts of a dataset", () => {
  const anyRule = fc.constantFrom<SectionRule>("decathlon", "mednist", "ixi");
  const anyRng = fc.constantFrom("voxrx", "monai");

  test("sections are disjoint, cover everything, and are fixed by the seed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60 }),
        anyRule,
        anyRng,
        fc.integer({ min: 0, max: 1000 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        async (n, rule, rng, seed, valFrac, testFrac) => {
          const options = { rule, rng, seed, valFrac, testFrac } as const;
          const parts = (whole: readonly number[]) => lists(Object.values(sections(whole, options)));
          const first = await parts(range(n));
          expect(first.flat().sort((a, b) => a - b)).toEqual(range(n));
          expect(await parts(range(n))).toEqual(first);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("partitions are disjoint, cover everything, and differ by one item at most", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.option(fc.nat(), { nil: undefined }),
        async (n, k, seed) => {
          fc.pre(n >= k);
          const parts = await lists(partition(range(n), { partitions: k, ...(seed === undefined ? {} : { seed }) }));
          expect(parts.flat().sort((a, b) => a - b)).toEqual(range(n));
          const sizes = parts.map(({ length }) => length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("by class, every part has its share of each", async () => {
    const cases = range(60).map((id) => ({ id, kind: ["tumour", "healthy", "cyst"][id % 3] ?? "" }));
    const parts = await lists(partition(cases, { partitions: 4, seed: 3, byClass: ({ kind }) => kind }));
    for (const part of parts) {
      for (const kind of ["tumour", "healthy", "cyst"]) expect(part.filter((c) => c.kind === kind).length).toBe(5);
    }
    expect(new Set(parts.flat().map(({ id }) => id)).size).toBe(60);
  });

  test("items keep their keys, so that all folds draw and cache alike", async () => {
    const whole = Dataset.from(range(6), { id: (n) => `s${n}` });
    const keyed = (part: IndexedDataset<number>) => part.pipe(map((n, { id }) => `${n}:${id}`)).toArray();
    const { training, validation } = crossValidation(whole, { folds: 3, fold: 1 });
    const all = [...(await keyed(training)), ...(await keyed(validation))];
    expect(all.sort()).toEqual(range(6).map((n) => `${n}:s${n}`));
    expect(await keyed(whole.pipe(subset([1, 1, 2])))).toEqual(["1:s1", "1:s1~1", "2:s2"]);
  });

  test("composing them asks the dataset for nothing, and one listing serves all parts", async () => {
    let listed = 0;
    const lazy = Dataset.lazy(async () => {
      listed++;
      return range(9);
    });
    const parts = partition(lazy, { partitions: 3 });
    expect(listed).toBe(0);
    expect((await lists(parts)).flat().length).toBe(9);
    expect(listed).toBe(1);
  });

  test("what cannot be split is refused", async () => {
    expect(() => partition([1], {})).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    expect(() => partition([1], { ratios: [1], partitions: 1 })).toThrow(/either ratios or partitions/);
    expect(() => partition([1], { partitions: 2, dropLast: true })).toThrow(/dropLast needs evenDivisible/);
    expect(() => crossValidation([1], { folds: 2, fold: [0, 1] })).toThrow(/no fold is left/);
    expect(() => crossValidation([1], { folds: 2, fold: [0, 2] })).toThrow("there is no fold 2: they are 0 to 1");
    expect(() => sections([1], { rule: "ixi", valFrac: 0.7, testFrac: 0.7 })).toThrow(/more than all/);
    const [first] = partition([1], { partitions: 2 });
    await expect(first?.toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
    await expect(
      Dataset.from([1])
        .pipe(subset([1]))
        .toArray(),
    ).rejects.toMatchObject({ code: "VOXRX_OUT_OF_RANGE" });
  });
});

describe("a split manifest", () => {
  const folder = mkdtempSync(join(tmpdir(), "voxrx-split-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const keyed = (n: number) => Dataset.from(range(n), { id: (i) => `scan${i}` });

  test("keeps the sections, whatever the seed then says", async () => {
    const manifest = join(folder, "split.json");
    const first = sections(keyed(20), { rule: "decathlon", seed: 1, manifest });
    const before = await lists(Object.values(first));
    const written = JSON.parse(readFileSync(manifest, "utf8"));
    expect(written.validation).toEqual(before[1]?.map((i) => `scan${i}`));
    expect(written.made).toMatchObject({ rule: "decathlon", seed: 1 });
    const again = sections(keyed(20), { rule: "decathlon", seed: 2, manifest });
    expect(await lists(Object.values(again))).toEqual(before);
  });

  test("of other items, or damaged, is refused and named", async () => {
    const manifest = join(folder, "other.json");
    await sections(keyed(5), { rule: "decathlon", manifest }).training.toArray();
    for (const n of [4, 6]) {
      const other = sections(keyed(n), { rule: "decathlon", manifest }).training.toArray();
      await expect(other).rejects.toMatchObject({ code: "VOXRX_BAD_MANIFEST", file: manifest });
    }
    writeFileSync(manifest, '{"version":1,');
    const damaged = sections(keyed(5), { rule: "decathlon", manifest }).training.toArray();
    await expect(damaged).rejects.toMatchObject({ code: "VOXRX_BAD_MANIFEST", file: manifest });
  });
});

describe("a dataset of another order in each epoch", () => {
  const scans = Dataset.from(range(20).map((n) => ({ n, kind: n % 2 })));
  const varying = {
    shuffled: scans.pipe(shuffle()),
    "shuffled, then mapped": scans.pipe(
      shuffle(),
      map((scan) => scan),
    ),
    balanced: scans.pipe(balance({ by: "kind" })),
    "in rotation": scans.pipe(smartReplace({ cacheNum: 10, replaceRate: 0.2 })),
    "mixed of a shuffled one": mix([{ dataset: scans.pipe(shuffle()) }, { dataset: scans }]),
  };
  test.each(Object.entries(varying))("is not split, because parts would not stay apart: %s", (_, dataset) => {
    const split = {
      partition: () => partition(dataset, { ratios: [1, 1] }),
      crossValidation: () => crossValidation(dataset),
      sections: () => sections(dataset, { rule: "decathlon" }),
    };
    for (const one of Object.values(split)) {
      expect(one).toThrow(expect.objectContaining({ code: "VOXRX_ORDER_VARIES" }));
    }
  });

  test("is split if its epoch is given, and its parts may be shuffled", async () => {
    const [first, second] = partition(scans.pipe(shuffle()).epoch(0).asIndexed(), { ratios: [1, 1] });
    if (!first || !second) throw new Error("there are two parts");
    const [a, b] = [await first.pipe(shuffle()).toArray({ epoch: 1 }), await second.toArray({ epoch: 2 })];
    expect([...a, ...b].map(({ n }) => n).toSorted((x, y) => x - y)).toEqual(range(20));
  });
});

describe("groups", () => {
  const visits = fc.array(fc.record({ patient: fc.constantFrom("a", "b", "c", "d", "e"), visit: fc.nat() }), {
    minLength: 1,
    maxLength: 40,
  });
  const byGroup = ({ patient }: { readonly patient: string }) => patient;

  test("stay whole: no patient is in two parts, none is lost, and each part has its share of them", async () => {
    const splits = fc.oneof(fc.record({ partitions: fc.constant(2) }), fc.record({ ratios: fc.constant([3, 1]) }));
    const seeds = fc.option(fc.nat(100), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(visits, splits, seeds, async (records, split, seed) => {
        const patients = new Set(records.map(byGroup));
        fc.pre(patients.size >= 2);
        const options = { ...split, byGroup, ...(seed === undefined ? {} : { seed }) };
        const parts = await lists(partition(records, options));
        const groups = parts.map((part) => new Set(part.map(byGroup)));
        expect(groups.reduce((sum, { size }) => sum + size, 0)).toBe(patients.size);
        expect(parts.flat().length).toBe(records.length);
        expect(new Set(parts.flat())).toEqual(new Set(records));
        const expected = "ratios" in split ? Math.round(patients.size * 0.75) : Math.ceil(patients.size / 2);
        expect(groups[0]?.size).toBe(expected);
      }),
    );
  });

  test("have their share in folds, by the class of the group if there are classes", async () => {
    const records = range(40).map((n) => ({ patient: `p${n % 10}`, ill: n % 10 < 4 }));
    const { training, validation } = crossValidation(records, { folds: 2, byGroup, byClass: ({ ill }) => String(ill) });
    const [inTraining, held] = await lists([training, validation]);
    expect(new Set(held?.filter(({ ill }) => ill).map(byGroup)).size).toBe(2);
    expect(new Set(inTraining?.filter(({ ill }) => ill).map(byGroup)).size).toBe(2);
    expect(held?.length).toBe(20);
    const overlap = inTraining?.filter((item) => held?.some((other) => byGroup(other) === byGroup(item)));
    expect(overlap).toEqual([]);
  });

  test("errors name the group, and what can't be", async () => {
    const mixed = [
      { patient: "a", ill: 0 },
      { patient: "a", ill: 1 },
    ];
    const [part] = partition(mixed, { ratios: [1, 1], byGroup, byClass: ({ ill }) => ill });
    await expect(part?.toArray()).rejects.toThrow('the group "a" has items of two classes, 0 and 1');
    await expect(partition(mixed, { partitions: 2, byGroup })[0]?.toArray()).rejects.toThrow("1 group cannot be split");
    await expect(partition(mixed, { partitions: 1, byGroup: () => null as never })[0]?.toArray()).rejects.toThrow(
      "byGroup must return a string or a number",
    );
    const uneven = { partitions: 2, evenDivisible: true, byGroup };
    expect(() => partition(mixed, uneven)).toThrow("evenDivisible repeats or drops items");
    expect(() => partition(mixed, { partitions: 2, byGroup: "patient" as never })).toThrow(
      "byGroup: expected a function",
    );
  });
});
