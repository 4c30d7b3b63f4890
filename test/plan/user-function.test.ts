import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Dataset, memoryStore } from "voxrx";
import { itemOperator } from "voxrx/extend";
import { cacheUntilRandom, lambda, map } from "voxrx/operators";
import { thrown } from "../support/thrown.ts";

interface Row {
  readonly n: number;
}

const rows = Dataset.from<Row>([{ n: 1 }, { n: 2 }]);

describe("the options of a function with a version", () => {
  test("are those that it was composed with, whatever becomes of the object: a cache is never wrong for others", async () => {
    const store = memoryStore();
    const cachedWith = (options: { k: number }) =>
      rows.pipe(
        map(({ n }, context) => n * context.options.k, { version: 1, options }),
        cacheUntilRandom({ store }),
      );
    const options = { k: 1 };
    const dataset = cachedWith(options);
    options.k = 2;
    expect(await dataset.toArray()).toEqual([1, 2]);
    expect(await cachedWith({ k: 1 }).toArray()).toEqual([1, 2]);
    expect(await cachedWith(options).toArray()).toEqual([2, 4]);
  });

  const differing: readonly (readonly [string, object, object])[] = [
    ["the order of fields", { windows: { lung: 1, bone: 2 } }, { windows: { bone: 2, lung: 1 } }],
    [
      "the order of a map",
      {
        windows: new Map([
          ["a", 1],
          ["b", 2],
        ]),
      },
      {
        windows: new Map([
          ["b", 2],
          ["a", 1],
        ]),
      },
    ],
    ["the order of a set", { names: new Set(["a", "b"]) }, { names: new Set(["b", "a"]) }],
    ["whether a field is there", { k: undefined }, {}],
  ];
  test.for(differing)("count with %s", async ([, a, b]) => {
    const store = memoryStore();
    const shown = (options: object) =>
      rows
        .pipe(
          map(
            (_, context) =>
              String(
                Object.entries(context.options)
                  .flat()
                  .map((value) => orderIn(value)),
              ),
            {
              version: 1,
              options,
            },
          ),
          cacheUntilRandom({ store }),
        )
        .toArray();
    const [first] = await shown(a);
    expect(await shown(a)).toEqual([first, first]);
    expect(await shown(b)).not.toEqual([first, first]);
  });
});

function orderIn(value: unknown): string {
  if (value instanceof Map || value instanceof Set) return JSON.stringify([...value]);
  return JSON.stringify(value) ?? "undefined";
}

test("a function whose text can't be read has no version", async () => {
  const bound = ((k: number, { n }: Row) => n * k).bind(null, 3);
  expect(await rows.pipe(map(bound)).toArray()).toEqual([3, 6]);
  const makes = [
    () => map(bound, { version: 1 }),
    () => map(new Proxy(({ n }: Row) => n, {}), { version: 1 }),
    () => lambda({ keys: "n", func: bound, version: 1 }),
  ];
  for (const make of makes)
    expect(await thrown(async () => make())).toMatchObject({
      code: "VOXRX_BAD_OPTION",
      message: expect.stringContaining("can't be read"),
    });
  // Functions of the language have names in their texts.
  expect(
    await Dataset.from(["1", "2"])
      .pipe(map(Number, { version: 1 }))
      .toArray(),
  ).toEqual([1, 2]);
});

test("an operator whose options can't be compared says so, and how it can", async () => {
  const make = itemOperator<{ on: () => void }>()({
    name: "called",
    version: 1,
    options: { on: v.custom<() => void>((given) => typeof given === "function") },
    apply: (item) => item,
  });
  expect(await thrown(async () => make({ on: () => undefined }))).toMatchObject({
    code: "VOXRX_BAD_OPTION",
    operator: "called",
    message: expect.stringContaining("declares identity"),
  });
});

test("what a function says of itself does not count", async () => {
  const store = memoryStore();
  const said = (fn: (row: Row) => number) => Object.assign(fn, { toString: () => "the same" });
  const through = (fn: (row: Row) => number) =>
    rows.pipe(map(said(fn), { version: 1 }), cacheUntilRandom({ store })).toArray();
  expect(await through(({ n }) => n + 1)).toEqual([2, 3]);
  expect(await through(({ n }) => n + 2)).toEqual([3, 4]);
});
