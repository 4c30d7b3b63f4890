import { describe, expect, test } from "vitest";
import { Dataset, Volume } from "voxrx";
import {
  declareStage,
  flowOperator,
  open,
  orStart,
  partsOperator,
  stageOperator,
  unlessStart,
  v,
  volumeOperator,
} from "voxrx/extend";

const scan = () => new Volume({ data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2, 1] });
const records = () => Dataset.from([{ image: scan(), label: scan() }]);

/** A function as plain JavaScript has it: the compiler does not see what it returns. */
const untyped = (result: unknown): (() => never) => (() => result) as () => never;

describe("a declaration that can't work is refused where it is made", () => {
  test("an operator on volumes without its work", () => {
    const declare = () => volumeOperator<object>()({ name: "idle", version: 1, options: {} });
    expect(declare).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION", operator: "idle" }));
  });

  test("an operator on parts that draws, but makes nothing of it", () => {
    const declare = () => partsOperator<object>()({ name: "idle", version: 1, options: {}, draw: () => [1] });
    expect(declare).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION", operator: "idle" }));
  });

  test("an operator on the stream that says neither what it does to it nor to an index", () => {
    const declare = () => flowOperator<object>()({ name: "idle", version: 1, options: {} });
    expect(declare).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION", operator: "idle" }));
  });
});

describe("what an operator gives is looked at", () => {
  test.for([undefined, null, new Float32Array(4), 7])("%s is not a volume", async (result) => {
    const odd = volumeOperator<object>()({ name: "odd", version: 1, options: {}, each: untyped(result) });
    const fails = records()
      .pipe(odd({ keys: "image" }))
      .toArray();
    await expect(fails).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator: "odd" });
  });

  test("fewer volumes than it was given are not enough", async () => {
    const few = volumeOperator<object>()({
      name: "few",
      version: 1,
      options: {},
      all: (volumes) => volumes.slice(0, 1),
    });
    const fails = records()
      .pipe(few({ keys: ["image", "label"] }))
      .toArray();
    await expect(fails).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator: "few" });
  });
});

test("an operator that works by index alone is refused over a stream where it is composed", () => {
  const first = flowOperator<object>()({
    name: "first",
    version: 1,
    options: {},
    index: { length: (length) => Math.min(length, 1), at: (items, index) => items.at(index) },
  });
  const stream = Dataset.from(() => [1, 2]);
  expect(() => stream.pipe(first())).toThrow(expect.objectContaining({ code: "VOXRX_NOT_INDEXED", operator: "first" }));
});

test("a position of a stage of one's own is not taken for the beginning", async () => {
  const page = v.object({ start: v.pipe(v.number(), v.integer()) });
  // Ten items, whose positions are pages.
  const paged = stageOperator<object>()({
    name: "paged",
    version: 1,
    options: {},
    stage: (input) =>
      declareStage({
        inputs: [input],
        text: { name: "paged" },
        start(_run, from) {
          let n = from === undefined ? 0 : v.parse(page, from).start;
          return {
            next: () => (n < 10 ? { id: String(n), index: -1, value: n++, next: { start: n } } : undefined),
            close() {},
          };
        },
      }),
  });
  expect(unlessStart({ start: 3 })).toEqual({ start: 3 });
  expect(unlessStart(orStart(undefined))).toBeUndefined();
  const pairs = Dataset.from([0]).pipe(paged(), batchOfTwo());
  const run = () => ({ epoch: 0, seed: undefined, signal: new AbortController().signal });
  const begun = open(pairs.stage, run());
  const first = await begun.next();
  const rest = open(pairs.stage, run(), JSON.parse(JSON.stringify(first?.next)));
  expect((await rest.next())?.value).toBe(1);
});

/** Passes items on with a state of its own, as a batch does. */
const batchOfTwo = flowOperator<object>()({
  name: "counted",
  version: 1,
  options: {},
  counts: true,
  stream: (input) => ({ next: () => input.next() }),
});
