import { describe, expect, test } from "vitest";
import { Dataset, errorCodes, FormatError, isVoxRxError, OptionError, reviveError, Volume } from "voxrx";
import { volumeOperator } from "voxrx/extend";
import { batch, map, mapAsync, onError, prefetch, repeat, take } from "voxrx/operators";

const bad = map(
  (n: number) => {
    if (n % 3 === 2) throw new TypeError(`cannot read ${n}`);
    return n;
  },
  { name: "read" },
);

describe("law 9: errors name things", () => {
  test("a failing function: item, operator, cause; the run ends", async () => {
    const error = await Dataset.from([0, 1, 2])
      .pipe(bad)
      .toArray()
      .catch((caught) => caught);
    expect(isVoxRxError(error, "VOXRX_TRANSFORM_FAILED")).toBe(true);
    expect(error).toMatchObject({ item: "2", operator: "map read" });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.message).toContain('operator map read, item "2"');
  });

  const thrown: Readonly<Record<string, () => unknown>> = {
    "a frozen error": () => Object.freeze(new Error("cold")),
    "an object without a prototype": () => Object.create(null),
    "a revoked proxy": () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    "a proxy that has everything": () => new Proxy({}, { has: () => true, get: () => () => undefined }),
    undefined: () => undefined,
    "a symbol": () => Symbol("mark"),
    "an error with a message that is not a string": () => Object.assign(new Error(), { message: Object.create(null) }),
  };

  test.each(Object.keys(thrown))("whatever a function throws, here %s, becomes an error of the item", async (name) => {
    const run = Dataset.from([0]).pipe(
      map(() => {
        throw thrown[name]?.();
      }),
    );
    const error: unknown = await run.toArray().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "VOXRX_TRANSFORM_FAILED", item: "0", message: expect.any(String) });
    expect(isVoxRxError(error) && JSON.stringify(error)).toContain("VOXRX_TRANSFORM_FAILED");
  });

  test("one error object that is thrown for several items is reported for each of them, and stays as it was", async () => {
    const shared = Object.freeze(new FormatError("VOXRX_BAD_HEADER", "the same every time"));
    const seen: (string | undefined)[] = [];
    await Dataset.from([0, 1, 2, 3, 4])
      .pipe(
        map((n: number) => {
          if (n % 2 === 0) throw shared;
          return n;
        }),
        onError({ skip: true, onSkip: ({ item }) => seen.push(item) }),
      )
      .toArray();
    expect(seen).toEqual(["0", "2", "4"]);
    expect(shared.item).toBeUndefined();
  });

  test("a missing field, a text that was not loaded: which, and what to do", async () => {
    const flip = volumeOperator<object>()({ name: "flip", version: 1, options: {}, each: (volume) => volume });
    const items = Dataset.from<{ image: Volume }>([{ label: 1 } as never]);
    await expect(items.pipe(flip({ keys: "image" })).at(0)).rejects.toMatchObject({
      code: "VOXRX_MISSING_KEY",
      operator: "flip",
      item: "0",
    });
    const unloaded = Dataset.from<{ image: Volume }>([{ image: "a.nii" } as never]);
    await expect(unloaded.pipe(flip({ keys: "image" })).at(0)).rejects.toMatchObject({
      code: "VOXRX_WRONG_FIELD",
      remedy: expect.stringContaining("load("),
    });
  });

  test("onError skips, counts and reports, in every chain, and nothing else is lost", async () => {
    const list = Array.from({ length: 12 }, (_, i) => i);
    const chains: ((source: Dataset<number>) => Dataset<number>)[] = [
      (source) => source.pipe(bad),
      (source) =>
        source.pipe(
          bad,
          map((n) => n),
        ),
      (source) =>
        source.pipe(
          mapAsync(async (n) => n, { concurrency: 3 }),
          bad,
        ),
      (source) => source.pipe(bad, prefetch({ buffer: 3 })),
      (source) => source.pipe(bad, prefetch({ buffer: 2, concurrency: 3 })),
      (source) => source.pipe(bad, take(12), repeat(1)),
    ];
    for (const chain of chains) {
      for (const source of [Dataset.from(list), Dataset.from(() => list.values())]) {
        const told: (string | undefined)[] = [];
        const ds = chain(source).pipe(onError({ skip: true, onSkip: (error) => void told.push(error.item) }));
        expect(await ds.toArray()).toEqual(list.filter((n) => n % 3 !== 2));
        expect(told).toEqual(["2", "5", "8", "11"]);
      }
    }
  });

  test("an item skipped in the middle of a batch leaves the others in it, also where batches are computed ahead", async () => {
    const batches = Dataset.from([0, 1, 2, 3, 4, 5, 6]).pipe(bad, batch(2));
    for (const ds of [batches, batches.pipe(prefetch(2)), batches.pipe(prefetch({ buffer: 2, concurrency: 3 }))]) {
      const told: (string | undefined)[] = [];
      const skipping = ds.pipe(onError({ skip: true, onSkip: (error) => void told.push(error.item) }));
      expect(await skipping.toArray()).toEqual([[0, 1], [3, 4], [6]]);
      expect(told).toEqual(["2", "5"]);
    }
  });

  test("take(n) of an indexed dataset are the items 0 to n - 1, also where one fails; of a stream the next one is taken", async () => {
    const list = [0, 1, 2, 3, 4, 5];
    const firsts = async (source: Dataset<number>) =>
      source.pipe(onError({ skip: true, onSkip: () => undefined })).toArray();
    const indexed = Dataset.from(list).pipe(bad, take(4));
    expect(await firsts(indexed)).toEqual([0, 1, 3]);
    expect(await firsts(indexed.pipe(prefetch({ concurrency: 2 })))).toEqual([0, 1, 3]);
    expect(await firsts(Dataset.from(() => list.values()).pipe(bad, take(4)))).toEqual([0, 1, 3, 4]);
    const [two, three] = [take(2), take(3)];
    expect(
      await firsts(
        Dataset.from(list).pipe(
          bad,
          batch(2),
          three,
          map(([n = -1]) => n),
        ),
      ),
    ).toEqual([0, 3]);
    expect(
      await firsts(
        Dataset.from(list).pipe(
          bad,
          batch(1),
          two,
          prefetch({ concurrency: 2 }),
          map(([n = -1]) => n),
        ),
      ),
    ).toEqual([0, 1]);
  });

  test("too many failures end the run, with the last one as cause", async () => {
    const ds = Dataset.from(Array.from({ length: 12 }, (_, i) => i)).pipe(
      bad,
      onError({ skip: true, maxItems: 2, onSkip: () => undefined }),
    );
    const error = await ds.toArray().catch((caught) => caught);
    expect(error).toMatchObject({ code: "VOXRX_TOO_MANY_ERRORS", item: "8" });
    expect(isVoxRxError(error.cause, "VOXRX_TRANSFORM_FAILED")).toBe(true);
  });

  test("a failing source ends the run in spite of onError, and no run ends early in silence", async () => {
    const broken = Dataset.from(function* () {
      yield 1;
      throw new Error("disk gone");
    });
    const seen: number[] = [];
    const run = broken.pipe(prefetch(2), onError({ skip: true })).forEach((n) => void seen.push(n));
    await expect(run).rejects.toThrow("disk gone");
    expect(seen).toEqual([1]);
  });

  test("bad options fail when the pipeline is composed, naming operator and option", () => {
    for (const compose of [
      () => batch(0),
      () => take(-1),
      () => prefetch({ maxBytes: "lots" }),
      () => mapAsync(async (n) => n, { concurrency: 0 }),
      () => Dataset.from([1]).epoch(-1),
    ]) {
      expect(compose).toThrow(OptionError);
    }
    expect(() => batch({ size: 2, sise: 3 } as never)).toThrow(/operator batch/);
  });

  test("an error crosses a border with class, code, item and stack", () => {
    const sent = new FormatError("VOXRX_EMPTY_FILE", "it has no bytes", {
      file: "a.nii",
      item: "7",
      cause: new Error("why"),
    });
    const back = reviveError(JSON.parse(JSON.stringify(sent)));
    expect(back).toBeInstanceOf(FormatError);
    expect(back).toMatchObject({
      code: "VOXRX_EMPTY_FILE",
      file: "a.nii",
      item: "7",
      message: sent.message,
      stack: sent.stack,
    });
    expect(isVoxRxError(back, "VOXRX_EMPTY_FILE")).toBe(true);
    expect(isVoxRxError(new Error("VOXRX_EMPTY_FILE"))).toBe(false);
  });

  test("has a plain form whatever its cause is", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (const cause of [
      null,
      undefined,
      5,
      5n,
      "no",
      Symbol("s"),
      () => 1,
      circle,
      Object.create(null),
      { toString: 1 },
    ]) {
      const error = new FormatError("VOXRX_BAD_HEADER", "the header is damaged", { cause });
      expect(JSON.parse(JSON.stringify(structuredClone(error.toJSON())))).toMatchObject({
        fault: "the header is damaged",
      });
    }
  });

  test("every code has a meaning and a class of its own name", () => {
    for (const [code, [domain, meaning]] of Object.entries(errorCodes)) {
      expect(code).toMatch(/^VOXRX_[A-Z_]+$/);
      expect(domain).toMatch(/Error$/);
      expect(meaning.length).toBeGreaterThan(15);
    }
  });

  test("a volume whose numbers do not fit is refused", () => {
    const data = new Float32Array(8);
    for (const init of [
      { shape: [1, 2, 2, 3] },
      { shape: [8] },
      { shape: [1, 2, 2, 2], strides: [8, 1, 2] },
      { shape: [1, 2, 2, 2], offset: 1 },
      { shape: [1, -2, 2, 2] },
      { shape: [1, 2, 2, 2], affine: [1, 2] },
    ]) {
      expect(() => new Volume({ data, layout: "x-fastest", ...init })).toThrow(
        expect.objectContaining({ code: "VOXRX_BAD_VOLUME" }),
      );
    }
  });
});
