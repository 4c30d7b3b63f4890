import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Dataset, isVoxRxError, memoryStore, type Operator, originOf, Volume } from "voxrx";
import { cacheUntilRandom, type DataStatsReport, dataStats, lambda, randLambda, simulateDelay } from "voxrx/operators";
import { ramp, valuesOf } from "../../support/volumes.ts";

const scans = () => [0, 10].map((start) => ({ image: ramp([1, 2, 1], "float32", start), age: start }));

function codeOf(make: () => unknown): string | undefined {
  try {
    make();
  } catch (error) {
    return isVoxRxError(error) ? error.code : String(error);
  }
  return undefined;
}

describe("lambda", () => {
  it("puts what a function gives in the place of fields, or of bare items, and waits for promises", async () => {
    const operator = lambda({ keys: ["age"], func: async (age: number) => `${age} years` });
    const items = await Dataset.from(scans()).pipe(operator).toArray();
    expect(items.map(({ age }) => age)).toEqual(["0 years", "10 years"]);
    const bare = await Dataset.from([1, 2])
      .pipe(lambda({ func: (n, { index }) => n * 10 + index }))
      .toArray();
    expect(bare).toEqual([10, 21]);
  });

  it("lets the function write to what it is given, which changes nobody else's samples", async () => {
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

  it("is cached if it states a version, and anew when version, name, fields or text change", async () => {
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

  it("gets its options, which are part of its identity; with a version it may not draw or look at the item", async () => {
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
    const opaque = lambda({ keys: "age", func: (age: number, { key }) => `${key}: ${age}` });
    expect((await Dataset.from(scans()).pipe(opaque).toArray()).map(({ age }) => age)).toEqual(["0: 0", "1: 10"]);
    expect(codeOf(() => lambda({ func: (n: number) => n, options: 3 }))).toBe("VOXRX_BAD_OPTION");
  });

  it("shows its name and fields in explain()", () => {
    const text = Dataset.from(scans())
      .pipe(lambda({ keys: "age", func: Math.sqrt }))
      .explain();
    expect(text).toMatch(/lambda sqrt +keys=age +\[opaque/);
  });

  it("says what the function threw, and which field is missing", async () => {
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

describe("randLambda", () => {
  it("calls the function as often as prob says, and notes it", async () => {
    const items = Array.from({ length: 10_000 }, () => ({ n: 0 }));
    const operator = randLambda({ keys: "n", prob: 0.3, func: (n: number) => n + 1 });
    const results = await Dataset.from(items, { seed: 3 }).pipe(operator).toArray();
    const called = results.filter(({ n }) => n === 1);
    // Five standard deviations of a binomial distribution.
    expect(Math.abs(called.length - 3000)).toBeLessThan(5 * Math.sqrt(10_000 * 0.3 * 0.7));
    expect(results.filter((item) => originOf(item)?.draws.length === 1)).toEqual(called);
  });

  it("gives the function a generator that does not depend on whether it was called", async () => {
    const draws = randLambda({ prob: 0.5, func: (_: number, { random }) => random().next() });
    const drawn = (await Dataset.from(new Array<number>(2000).fill(-1), { seed: 1 }).pipe(draws).toArray()).filter(
      (value) => value >= 0,
    );
    // The number that decided is below 0.5 wherever the function was called; its own are spread evenly.
    const upper = drawn.filter((value) => value >= 0.5).length;
    expect(Math.abs(upper - drawn.length / 2)).toBeLessThan(5 * Math.sqrt(drawn.length / 4));
  });

  it("gives the same for an item in an epoch, the same draws to its fields, and others in the next", async () => {
    const items = Array.from({ length: 20 }, () => ({ a: 0, b: 0 }));
    const dataset = Dataset.from(items).pipe(
      randLambda({ keys: ["a", "b"], func: (_: number, { random }) => random().next() }),
    );
    const first = await dataset.epoch(4).toArray();
    expect(first.every(({ a, b }) => a === b)).toBe(true);
    expect(await dataset.epoch(4).toArray()).toEqual(first);
    expect(await dataset.epoch(5).toArray()).not.toEqual(first);
    expect(codeOf(() => randLambda({ func: (n: number) => n, prob: 2 }))).toBe("VOXRX_BAD_OPTION");
  });
});

describe("simulateDelay", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits its time with every item, and passes it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const item = { n: 1 };
    const run = Dataset.from([item])
      .pipe(simulateDelay({ delayTime: 2.5 }))
      .iterate();
    let done = false;
    const next = run.next().finally(() => {
      done = true;
    });
    await vi.advanceTimersByTimeAsync(2499);
    expect(done).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect((await next).value).toBe(item);
    expect(vi.getTimerCount()).toBe(0);
    await run.return();
  });

  it("stops waiting at once when the run is closed or aborted, and leaves no timer", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const dataset = Dataset.from([1, 2]).pipe(simulateDelay({ delayTime: 1000 }));
    const run = dataset.iterate();
    const pending = run.next();
    await vi.advanceTimersByTimeAsync(1);
    expect(vi.getTimerCount()).toBe(1);
    await run.return();
    await expect(pending).resolves.toMatchObject({ done: true });
    expect(vi.getTimerCount()).toBe(0);
    const controller = new AbortController();
    const consumed = dataset.toArray({ signal: controller.signal });
    await vi.advanceTimersByTimeAsync(1);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(consumed).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("refuses a delay that is none", () => {
    for (const delayTime of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
      expect(codeOf(() => simulateDelay({ delayTime }))).toBe("VOXRX_BAD_OPTION");
    }
  });
});

describe("dataStats", () => {
  it("is deterministic whomever it reports to: a cached prefix goes on after it, with the item's id in the report", async () => {
    await using store = memoryStore();
    const said: string[] = [];
    let worked = 0;
    const counted = lambda({
      keys: "image",
      version: 1,
      func: (image: Volume) => {
        worked++;
        return image;
      },
    });
    const run = (more: object) =>
      Dataset.from(scans(), { key: ({ age }) => `age ${age}` })
        .pipe(
          dataStats({ keys: "image", ...more, report: ({ item }) => void said.push(item) }),
          counted,
          cacheUntilRandom({ store }),
        )
        .toArray();
    await run({});
    expect([worked, said]).toEqual([2, ["age 0", "age 10"]]);
    await run({ additionalInfo: () => "more" });
    expect([worked, said.length]).toEqual([2, 2]);
    await run({ prefix: "other" });
    expect(worked).toBe(4);
  });

  const reported = async (image: Volume, options: object = {}) => {
    const reports: DataStatsReport[] = [];
    const report = (said: DataStatsReport) => void reports.push(said);
    const [item] = await Dataset.from([{ image }])
      .pipe(dataStats({ keys: "image", ...options, report }))
      .toArray();
    expect(item?.image).toBe(image);
    return reports;
  };

  it("tells type, shape and range, and passes the item", async () => {
    const data = Float32Array.of(3, Number.NaN, -1, 2);
    const [said] = await reported(new Volume({ data, shape: [1, 2, 2], layout: "x-fastest" }), {
      prefix: "CT",
      additionalInfo: ({ spacing }: Volume) => spacing,
    });
    expect(said).toEqual({
      item: "0",
      field: "image",
      dataType: "float32",
      dataShape: [1, 2, 2],
      valueRange: [-1, 3],
      additionalInfo: [1, 1],
      text: [
        'CT statistics: item "0", field "image"',
        "Type: float32",
        "Shape: [1, 2, 2]",
        "Value range: (-1, 3)",
        "Additional info: [1,1]",
      ].join("\n"),
    });
  });

  it("leaves out what is not asked for, and says so where there is no value", async () => {
    const empty = new Volume({ data: Float32Array.of(Number.NaN), shape: [1, 1, 1], layout: "x-fastest" });
    expect((await reported(empty, { dataType: false, dataShape: false }))[0]?.text).toBe(
      'Data statistics: item "0", field "image"\nValue range: no values',
    );
    expect((await reported(empty, { valueRange: false }))[0]).toMatchObject({ valueRange: undefined });
  });

  it("writes to stderr unless it is told otherwise", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    try {
      await Dataset.from([ramp([1, 2, 1], "uint8")])
        .pipe(dataStats({ prefix: "here" }))
        .toArray();
      expect(write.mock.calls.map(([text]) => text)).toEqual([
        'here statistics: item "0"\nType: uint8\nShape: [1, 2, 1]\nValue range: (0, 1)\n',
      ]);
    } finally {
      write.mockRestore();
    }
  });

  it("names each field with its own prefix, also where one is missing", async () => {
    const said: string[] = [];
    const keys = ["mask", "image"] as const;
    const dataset: Dataset<{ image: Volume; mask: Volume }> = Dataset.from<never>(scans() as never[]);
    const report = ({ text }: DataStatsReport) => void said.push(text.split("\n")[0] ?? "");
    await dataset.pipe(dataStats({ keys, prefix: ["A", "B"], allowMissingKeys: true, report })).toArray();
    expect(said).toEqual(['B statistics: item "0", field "image"', 'B statistics: item "1", field "image"']);
  });

  it("tells the range of any view as its values are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 8, maxLength: 8 }), async (values) => {
        const volume = new Volume({ data: Int16Array.from(values), shape: [1, 2, 2, 2], layout: "x-fastest" }).crop(
          [0, 0, 1],
          [2, 1, 2],
        );
        const [min, max] = [Math.min(...valuesOf(volume)), Math.max(...valuesOf(volume))];
        expect((await reported(volume))[0]?.valueRange).toEqual([min, max]);
      }),
    );
  });
});
