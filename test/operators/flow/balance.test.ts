import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { balance, batch, map, onError, shuffle, tap } from "voxrx/operators";
import { entriesOf } from "../../support/entries.ts";
import { runsOf } from "../../support/long.ts";

interface Scan {
  readonly n: number;
  readonly label: string;
}

const scansOf = (labels: readonly string[]): Scan[] => labels.map((label, n) => ({ n, label }));

function countsBy<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

const anyLabels = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 30 });

const abacus = scansOf([..."aaaaaaaabbbc"]);

describe("balance", () => {
  test("every class comes equally often, each of its items as often as the others, within one", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyLabels,
        fc.constantFrom("oversample" as const, "undersample" as const),
        fc.integer({ min: 0, max: 3 }),
        fc.boolean(),
        async (labels, strategy, epoch, isList) => {
          const scans = scansOf(labels);
          const source = isList ? Dataset.from(scans) : Dataset.from(() => scans.values());
          const balanced = source.pipe(balance({ by: "label", strategy }));
          const items = await balanced.epoch(epoch).toArray();
          const sizes = [...countsBy(labels).values()];
          const each = strategy === "oversample" ? Math.max(...sizes) : Math.min(...sizes);
          const classes = countsBy(items.map(({ label }) => label));
          expect([...classes.values()]).toEqual(sizes.map(() => each));
          const times = countsBy(items.map(({ n }) => n));
          for (const { n, label } of scans) {
            const share = each / (countsBy<string>(labels).get(label) ?? 0);
            expect([Math.floor(share), Math.ceil(share)]).toContain(times.get(n) ?? 0);
          }
          // Classes take turns: every batch of one item of each class is complete.
          for (let n = 0; n < items.length; n += sizes.length)
            expect(new Set(items.slice(n, n + sizes.length).map(({ label }) => label)).size).toBe(sizes.length);
          const indexed = balanced.asIndexed();
          expect(indexed.length).toBe(items.length);
          for (const [n, item] of items.entries()) expect(await indexed.at(n, { epoch })).toEqual(item);
          const ids = (await entriesOf(balanced, undefined, epoch)).map(({ id }) => id);
          expect(new Set(ids).size).toBe(items.length);
        },
      ),
      { numRuns: runsOf(80) },
    );
  });

  test("the choice follows from seed and epoch, and is another one in every epoch", async () => {
    const many = scansOf(Array.from({ length: 60 }, (_, n) => (n % 10 === 0 ? "b" : "a")));
    const chosen = async (epoch: number, seed = 0) => {
      const balanced = Dataset.from(many, { seed }).pipe(balance({ by: "label", strategy: "undersample" }));
      return (await balanced.epoch(epoch).toArray()).map(({ n }) => n).join();
    };
    expect(await chosen(0)).toBe(await chosen(0));
    expect(new Set([await chosen(0), await chosen(1), await chosen(2), await chosen(0, 5)]).size).toBe(4);
  });

  test("weights are proportions of classes; 0 leaves one out", async () => {
    const counts = async (weights: Record<string, number>, strategy?: "undersample") =>
      Object.fromEntries(
        countsBy(
          (
            await Dataset.from(abacus)
              .pipe(balance({ by: "label", weights, ...(strategy && { strategy }) }))
              .toArray()
          ).map(({ label }) => label),
        ),
      );
    expect(await counts({ a: 2 })).toEqual({ a: 8, b: 4, c: 4 });
    expect(await counts({ c: 0, b: 3 })).toEqual({ a: 8, b: 24 });
    expect(await counts({ a: 2 }, "undersample")).toEqual({ a: 2, b: 1, c: 1 });
    expect(await counts({ a: 0.01 }, "undersample")).toEqual({ a: 1, b: 1, c: 1 });
    await expect(counts({ d: 1 })).rejects.toMatchObject({
      code: "VOXRX_BAD_OPTION",
      fault: /no item has the class "d"/,
    });
    await expect(counts({ a: 0, b: 0, c: 0 })).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
    await expect(counts({ a: 1e300 })).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
    await expect(counts({ a: -1 })).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
  });

  test("reads the items before it once in an epoch, runs nothing after it, and follows a shuffle", async () => {
    const [before, after]: number[][] = [[], []];
    const balanced = Dataset.from(abacus).pipe(
      shuffle(),
      tap(({ n }) => before?.push(n)),
      balance({ by: ({ label }) => label === "a", strategy: "undersample" }),
      tap(({ n }) => after?.push(n)),
    );
    for (const epoch of [0, 1]) {
      const items = await balanced.epoch(epoch).toArray();
      expect(items.filter(({ label }) => label === "a")).toHaveLength(4);
      expect(items.filter(({ label }) => label !== "a")).toHaveLength(4);
      await balanced.at(0, { epoch });
    }
    expect(before).toHaveLength(2 * (12 + 8 + 1));
    expect(after).toHaveLength(2 * (8 + 1));
  });

  test("random operators after it draw other values for an item that is repeated", async () => {
    const drawn = Dataset.from(abacus).pipe(
      balance({ by: "label" }),
      map(({ label }, { random }) => (label === "c" ? random().next() : 0)),
    );
    expect(countsBy(await drawn.toArray()).size).toBe(9);
    expect(
      await Dataset.from(abacus)
        .pipe(balance({ by: "label" }), batch(3))
        .toArray(),
    ).toHaveLength(8);
  });

  test("an item without a class ends the run, in words that name it, also where failing items are skipped", async () => {
    const skipping = onError({ skip: true, onSkip: () => undefined, maxItems: 1e9 });
    const failing = async (items: readonly object[], by: string | ((item: object) => never)) => {
      const options = { by } as unknown as { by: (item: object) => string };
      return Dataset.from(items, { id: (_, n) => `scan ${n}` })
        .pipe(balance(options), skipping)
        .toArray();
    };
    const good = { label: 1 };
    await expect(failing([good, { lable: 2 }], "label")).rejects.toMatchObject({
      code: "VOXRX_MISSING_KEY",
      operator: "balance",
      item: "scan 1",
      fault: expect.stringContaining("it has lable"),
    });
    for (const bad of [null, Number.NaN, {}, []])
      await expect(failing([good, { label: bad }], "label")).rejects.toMatchObject({
        code: "VOXRX_WRONG_FIELD",
        item: "scan 1",
      });
    await expect(failing([good, { label: "1" }], "label")).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD" });
    const throwing = () => {
      throw new TypeError("no label");
    };
    await expect(failing([good], throwing)).rejects.toMatchObject({
      code: "VOXRX_TRANSFORM_FAILED",
      item: "scan 0",
      cause: expect.any(TypeError),
    });
    const broken = Dataset.from(abacus).pipe(
      map((scan) => {
        if (scan.n === 3) throw new Error("can't be read");
        return scan;
      }),
    );
    await expect(broken.pipe(balance({ by: "label" }), skipping).toArray()).rejects.toMatchObject({ item: "3" });
    expect(await broken.pipe(skipping, balance({ by: "label" })).toArray()).toHaveLength(21);
  });

  test("a stream is listed within limits, and explain says what was found", async () => {
    const stream = Dataset.from(() => abacus.values());
    await expect(stream.pipe(balance({ by: "label", maxItems: 5 })).toArray()).rejects.toMatchObject({
      code: "VOXRX_TOO_LARGE",
      operator: "balance",
    });
    const large = Dataset.from(function* () {
      for (let n = 0; n < 3; n++) yield { label: "a", image: new Float32Array(2 ** 25) };
    });
    await expect(large.pipe(balance({ by: "label" })).toArray()).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
    const balanced = stream.pipe(balance({ by: "label" }));
    expect(balanced.explain()).toContain("by label, oversample, seed 0, classes not read yet");
    await balanced.toArray();
    expect(balanced.explain()).toContain("a: 8 to 8, b: 3 to 8, c: 1 to 8");
  });
});
