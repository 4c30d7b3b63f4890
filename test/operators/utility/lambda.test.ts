import { describe, expect, test } from "vitest";
import { Dataset, memoryStore, type Operator, type Volume } from "voxrx";
import { cacheUntilRandom, lambda } from "voxrx/operators";
import { codeOf } from "../../support/thrown.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";

const scans = () => [0, 10].map((start) => ({ image: ramp([1, 2, 1], "float32", start), age: start }));

describe("lambda", () => {
  test("puts what a function gives in the place of fields, or of bare items, and waits for promises", async () => {
    const operator = lambda({ keys: ["age"], func: async (age: number) => `${age} years` });
    const items = await Dataset.from(scans()).pipe(operator).toArray();
    expect(items.map(({ age }) => age)).toEqual(["0 years", "10 years"]);
    const bare = await Dataset.from([1, 2])
      .pipe(lambda({ func: (n, { index }) => n * 10 + index }))
      .toArray();
    expect(bare).toEqual([10, 21]);
  });

  test("lets the function write to what it is given, which changes nobody else's samples", async () => {
    const given = scans();
    const inverted = lambda({
      keys: "image",
      func: (image: Volume) => {
        image.data.reverse();
        return image;
      },
    });
    const items = await Dataset.from(given).pipe(inverted).toArray();
    expect(items.map(({ image }) => valuesOf(image))).toEqual([
      [1, 0],
      [11, 10],
    ]);
    expect(given.map(({ image }) => valuesOf(image))).toEqual([
      [0, 1],
      [10, 11],
    ]);
  });

  test("is cached if it states a version, and anew when version, name, fields or text change", async () => {
    await using store = memoryStore();
    let worked = 0;
    const double = (n: number) => {
      worked++;
      return n * 2;
    };
    const run = async (operator: Operator<{ a: number; b: number }, unknown>) => {
      worked = 0;
      await Dataset.from([{ a: 1, b: 2 }])
        .pipe(operator, cacheUntilRandom({ store }))
        .toArray();
      return worked;
    };
    expect(await run(lambda({ keys: "a", func: double, version: 1 }))).toBe(1);
    expect(await run(lambda({ keys: "a", func: double, version: 1 }))).toBe(0);
    expect(await run(lambda({ keys: "a", func: double, version: 2 }))).toBe(1);
    expect(await run(lambda({ keys: "b", func: double, version: 1 }))).toBe(1);
    expect(await run(lambda({ keys: "a", func: double, version: 1, name: "twice" }))).toBe(1);
    expect(await run(lambda({ keys: "a", func: (n: number) => double(n) + 1, version: 1 }))).toBe(1);
    expect(await run(lambda({ keys: "a", func: double }))).toBe(1);
    expect(await run(lambda({ keys: "a", func: double }))).toBe(1);
  });

  test("gets its options, which are part of its identity; with a version it may not draw or look at the item", async () => {
    await using store = memoryStore();
    const scaled = (factor: number) =>
      Dataset.from(scans()).pipe(
        lambda({ keys: "age", func: (age, { options }) => age * options.factor, version: 1, options: { factor } }),
        cacheUntilRandom({ store }),
      );
    const ages = async (factor: number) => (await scaled(factor).toArray()).map(({ age }) => age);
    expect([await ages(2), await ages(2), await ages(3)]).toEqual([
      [0, 20],
      [0, 20],
      [0, 30],
    ]);
    expect(scaled(2).explain()).toContain('keys=age version=1 options={"factor":2}');
    const draws = Dataset.from(scans()).pipe(
      lambda({ keys: "age", func: (age, { random }) => age + random().next(), version: 1 }),
    );
    await expect(draws.toArray()).rejects.toMatchObject({ code: "VOXRX_NOT_DETERMINISTIC" });
    const opaque = lambda({ keys: "age", func: (age: number, { id }) => `${id}: ${age}` });
    expect((await Dataset.from(scans()).pipe(opaque).toArray()).map(({ age }) => age)).toEqual(["0: 0", "1: 10"]);
    expect(codeOf(() => lambda({ func: (n: number) => n, options: 3 }))).toBe("VOXRX_BAD_OPTION");
  });

  test("shows its name and fields in explain()", () => {
    const text = Dataset.from(scans())
      .pipe(lambda({ keys: "age", func: Math.sqrt }))
      .explain();
    expect(text).toMatch(/lambda sqrt +keys=age +\[opaque/);
  });

  test("says what the function threw, and which field is missing", async () => {
    const fails = (): number => {
      throw new TypeError("not today");
    };
    const failing = Dataset.from(scans())
      .pipe(lambda({ keys: "age", func: fails }))
      .toArray();
    await expect(failing).rejects.toMatchObject({
      code: "VOXRX_TRANSFORM_FAILED",
      operator: "lambda fails",
      item: "0",
    });
    const masks: Dataset<{ mask: number }> = Dataset.from<never>(scans() as never[]);
    const missing = masks.pipe(lambda({ keys: "mask", func: String }));
    await expect(missing.toArray()).rejects.toMatchObject({ code: "VOXRX_MISSING_KEY", operator: "lambda String" });
    expect(codeOf(() => lambda({ func: undefined as never }))).toBe("VOXRX_BAD_OPTION");
  });
});
