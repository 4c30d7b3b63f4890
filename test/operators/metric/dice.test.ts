import * as fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { Dataset, type Volume } from "voxrx";
import * as op from "voxrx/operators";
import { thrown } from "../../support/thrown.ts";
import { asChannels, labelOf, monaiMetrics } from "./monai-metrics.ts";

async function diceOf(pred: Volume, label: Volume, options: op.DiceOptions = {}): Promise<readonly number[]> {
  const [item] = await Dataset.from([{ pred, label }]).pipe(op.dice(options)).toArray();
  return item?.dice ?? [];
}

describe("dice gives MONAI's numbers", () => {
  test.each(monaiMetrics)("$name", async ({ pred, label, classes, dice }) => {
    for (const [options, wanted] of Object.entries(dice)) {
      const given = {
        numClasses: classes,
        includeBackground: !options.startsWith("without"),
        ignoreEmpty: options.endsWith("ignore empty"),
      };
      const forms: [Volume, Volume][] = [
        [pred, label],
        [asChannels(pred, classes), label],
        [pred, asChannels(label, classes)],
        [asChannels(pred, classes), asChannels(label, classes)],
      ];
      for (const [one, other] of forms)
        expect((await diceOf(one, other, given)).map(Math.fround), options).toEqual(wanted);
    }
  });
});

describe("dice", () => {
  const labels = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 24, maxLength: 24 });
  const shape = [2, 3, 4];

  test("of a label with itself is 1 for each class that it has, else NaN", async () => {
    await fc.assert(
      fc.asyncProperty(labels, async (values) => {
        const label = labelOf(values, shape);
        const wanted = [0, 1, 2, 3].map((value) => (values.includes(value) ? 1 : Number.NaN));
        expect(await diceOf(label, label, { numClasses: 4 })).toEqual(wanted);
      }),
    );
  });

  test("is the same with prediction and label exchanged, where both have the class, and from 0 to 1", async () => {
    await fc.assert(
      fc.asyncProperty(labels, labels, async (one, other) => {
        const there = await diceOf(labelOf(one, shape), labelOf(other, shape), { numClasses: 4 });
        const back = await diceOf(labelOf(other, shape), labelOf(one, shape), { numClasses: 4 });
        for (const value of [0, 1, 2, 3].filter((each) => one.includes(each) && other.includes(each))) {
          expect(there[value]).toBe(back[value]);
          expect(there[value]).toBeGreaterThanOrEqual(0);
          expect(there[value]).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("of one channel, without numClasses, is that of the value 1; other fields stay", async () => {
    const label = labelOf([1, 1, 2, 0], [2, 2, 1]);
    const items = Dataset.from([{ seg: label, truth: label, name: "a" }]);
    const scored = items.pipe(op.dice({ predKey: "seg", labelKey: "truth", outputKey: "score" }));
    const [item] = await scored.toArray();
    expectTypeOf(item?.score).toEqualTypeOf<readonly number[] | undefined>();
    expect(item).toEqual({ seg: label, truth: label, name: "a", score: [1] });
  });

  test("refuses shapes and channels that can't be compared, and a field that is not there", async () => {
    const [small, large] = [labelOf([0, 1], [2, 1, 1]), labelOf([0, 1, 1, 0], [2, 2, 1])];
    const shapes = await thrown(() => diceOf(small, large));
    expect(shapes).toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "dice" });
    expect(shapes.message).toContain("[1,2,1,1]");
    expect(shapes.message).toContain("[1,2,2,1]");
    const channels = await thrown(() => diceOf(asChannels(large, 3), asChannels(large, 2)));
    expect(channels.message).toContain("for 3 classes");
    // @ts-expect-error: no such field
    const missing = Dataset.from([{ pred: small }]).pipe(op.dice());
    expect(await thrown(() => missing.toArray())).toMatchObject({ code: "VOXRX_MISSING_KEY" });
  });

  test("the mean over a dataset leaves out what is not there", async () => {
    const [label, other] = [labelOf([0, 1, 1, 2], [2, 2, 1]), labelOf([0, 1, 0, 0], [2, 2, 1])];
    const scans = Dataset.from([
      { pred: label, label },
      { pred: other, label: labelOf([0, 1, 1, 0], [2, 2, 1]) },
    ]).pipe(op.dice({ numClasses: 3, includeBackground: false }));
    const scores: (readonly number[])[] = [];
    for await (const scan of scans) scores.push(scan.dice);
    const means = (scores[0] ?? []).map((_, place) => {
      const known = scores.map((each) => each[place] ?? Number.NaN).filter((score) => !Number.isNaN(score));
      return known.reduce((sum, score) => sum + score, 0) / known.length;
    });
    expect(means).toEqual([(1 + 2 / 3) / 2, 1]);
  });
});
