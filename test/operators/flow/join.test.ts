import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, IndexedDataset } from "voxrx";
import { filter, join, map, onError, prefetch, shuffle, tap } from "voxrx/operators";
import { countingSource, takeAndLeave } from "../../support/counting.ts";
import { entriesOf } from "../../support/entries.ts";
import { runsOf } from "../../support/long.ts";
import { attempt } from "../../support/thrown.ts";

const skipping = onError({ skip: true, onSkip: () => undefined, maxItems: 1e9 });

const patients = [
  { patient: 8, age: 61 },
  { patient: 9, age: 47 },
  { patient: 7, age: 30 },
];

const scans = [
  { image: "a", patient: 7 },
  { image: "b", patient: 8 },
  { image: "c", patient: 5 },
  { image: "d", patient: 7 },
];

const byId = { id: (_: unknown, n: number) => `item ${n}` };

describe("join", () => {
  test("is what nested loops give, in the order and with the ids of the left side, in every way", async () => {
    const row = (field: string) => (value: number, n: number) => ({ on: value, [field]: n });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 12 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 7 }),
        fc.constantFrom("inner" as const, "left" as const),
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
        async (lefts, rights, how, [leftIsList, rightIsList, isShuffled]) => {
          const [left, right] = [lefts.map(row("a")), rights.map(row("b"))];
          const wanted = left.flatMap((a) => {
            const b = right.find(({ on }) => on === a.on);
            return b ? [{ ...a, ...b }] : how === "left" ? [a] : [];
          });
          const wantedIds = left.flatMap(({ on }, n) => (how === "left" || rights.includes(on) ? [String(n)] : []));
          const source = leftIsList ? Dataset.from(left) : Dataset.from(() => left.values());
          const table: Dataset<{ on: number }> = rightIsList ? Dataset.from(right) : Dataset.from(() => right.values());
          const joined = join(source, isShuffled ? table.pipe(shuffle({ buffer: 3 })) : table, { on: "on", how });
          expect(await joined.toArray()).toEqual(wanted);
          expect((await entriesOf(joined)).map(({ id }) => id)).toEqual(wantedIds);
          expect(await joined.pipe(prefetch({ concurrency: 3 })).toArray()).toEqual(wanted);
          expect(joined instanceof IndexedDataset).toBe(leftIsList);
          if (!(joined instanceof IndexedDataset)) return;
          expect((await joined.ready()).length).toBe(wanted.length);
          for (const [n, item] of wanted.entries()) expect(await joined.at(n, { epoch: 3 })).toEqual(item);
        },
      ),
      { numRuns: runsOf(120) },
    );
  });

  test("joins on fields or functions of each side", async () => {
    const people = Dataset.from([{ name: "P007", age: 30 }]);
    const on = { left: "patient", right: ({ name }: { name: string }) => Number(name.slice(1)) } as const;
    expect(await join(Dataset.from(scans), people, { on }).toArray()).toEqual([
      { image: "a", patient: 7, name: "P007", age: 30 },
      { image: "d", patient: 7, name: "P007", age: 30 },
    ]);
    expect(await join(Dataset.from(scans), Dataset.from<{ patient: number }>([]), { on: "patient" }).toArray()).toEqual(
      [],
    );
  });

  test("refuses two items on the right with one value, by their ids", async () => {
    const twice = Dataset.from([...patients, { patient: 9, age: 48 }], byId);
    await expect(join(Dataset.from(scans), twice, { on: "patient" }).pipe(skipping).toArray()).rejects.toMatchObject({
      code: "VOXRX_AMBIGUOUS_MATCH",
      operator: "join",
      fault: 'items "item 1" and "item 3" of the right dataset have the same value 9',
    });
  });

  test("a field on both sides must be equal, or gets the suffix", async () => {
    const left = Dataset.from([{ patient: 7, site: "x", age: 30 }], byId);
    const right = Dataset.from([{ patient: 7, site: "x", age: 31 }]);
    const plain = join(left, right, { on: "patient" });
    await expect(plain.toArray()).rejects.toMatchObject({
      code: "VOXRX_WRONG_FIELD",
      operator: "join",
      item: "item 0",
      fault: 'the field "age" has another value on the right side',
    });
    expect(await join(left, right, { on: "patient", suffix: "_right" }).toArray()).toEqual([
      { patient: 7, site: "x", age: 30, site_right: "x", age_right: 31 },
    ]);
    const taken = Dataset.from([{ patient: 7, age: 1, age_b: 2 }]);
    await expect(join(taken, right, { on: "patient", suffix: "_b" }).toArray()).rejects.toMatchObject({
      code: "VOXRX_WRONG_FIELD",
    });
    const odd = Dataset.from([JSON.parse('{ "patient": 7, "__proto__": 1 }') as { patient: number }]);
    const [item] = await join(left, odd, { on: "patient" }).toArray();
    expect(Object.entries(item ?? {})).toContainEqual(["__proto__", 1]);
  });

  test("an item that has nothing to join on fails alone on the left, and ends the run on the right", async () => {
    const right = Dataset.from(patients);
    const bad: readonly [unknown, string][] = [
      [undefined, "VOXRX_MISSING_KEY"],
      [null, "VOXRX_WRONG_FIELD"],
      [Number.NaN, "VOXRX_WRONG_FIELD"],
      ["8", "VOXRX_WRONG_FIELD"],
      [[8], "VOXRX_WRONG_FIELD"],
    ];
    for (const [value, code] of bad) {
      const left = Dataset.from(
        [{ patient: 8 }, { ...(value === undefined ? {} : { patient: value as number }) }, { patient: 7 }],
        byId,
      );
      const joined = join(left as Dataset<{ patient: number }>, right, { on: "patient" });
      await expect(joined.toArray()).rejects.toMatchObject({ code, operator: "join", item: "item 1" });
      expect(await joined.pipe(skipping).toArray()).toHaveLength(2);
      expect(await joined.pipe(prefetch({ concurrency: 2 }), skipping).toArray()).toHaveLength(2);
      if (value === "8") continue;
      const turned = join(right, left as Dataset<{ patient: number }>, { on: "patient" }).pipe(skipping);
      await expect(turned.toArray()).rejects.toMatchObject({ code, item: "item 1" });
    }
    const throwing = {
      left: ({ patient }: { patient: number }) => {
        if (patient === 8) throw new TypeError("not this one");
        return patient;
      },
      right: "patient",
    } as const;
    const some = join(Dataset.from(scans), right, { on: throwing });
    await expect(some.toArray()).rejects.toMatchObject({ code: "VOXRX_TRANSFORM_FAILED", item: "1" });
    expect((await some.pipe(skipping).toArray()).map(({ image }) => image)).toEqual(["a", "d"]);
    const numbers = Dataset.from([1]) as unknown as Dataset<{ patient: number }>;
    const on = { left: () => 8, right: "patient" } as const;
    await expect(join(numbers, right, { on }).toArray()).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD" });
  });

  test("pulls the left side one by one, reads the right one once in an epoch, and computes what matches", async () => {
    const { source, counts } = countingSource();
    const read: number[] = [];
    const right = Dataset.from(patients).pipe(tap(({ patient }) => read.push(patient)));
    const joined = join(source.pipe(map((patient) => ({ patient }))), right, { on: "patient" });
    joined.explain();
    expect(read).toEqual([]);
    expect(await takeAndLeave(joined, 2)).toHaveLength(2);
    expect(counts).toEqual({ opened: 1, closed: 1, produced: 9 });
    expect(read).toEqual([8, 9, 7, 7, 8]);
  });

  test("limits what it keeps of the right side", async () => {
    const left = Dataset.from(scans);
    const limited = { on: "patient", maxItems: 2 } as const;
    for (const right of [Dataset.from(patients), Dataset.from(patients).pipe(filter(() => true))])
      await expect(join(left, right, limited).toArray()).rejects.toMatchObject({
        code: "VOXRX_TOO_LARGE",
        operator: "join",
      });
    expect(attempt(() => join(left, Dataset.from(patients), { on: "" as "patient" }))).toMatchObject({
      code: "VOXRX_BAD_OPTION",
      operator: "join",
    });
  });

  test("explain names both sides and what they are joined on", () => {
    const text = join(Dataset.from(scans), Dataset.from(patients), { on: "patient", how: "left" }).explain();
    expect(text).toContain("join    on patient, left");
    expect(text).toContain("4 items");
  });
});
