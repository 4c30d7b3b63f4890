/** Steps that turn an item into several, for random pipelines: in every form that can be iterated. */
import fc from "fast-check";
import { batch } from "../../operators/flow/batch.ts";
import { concat } from "../../operators/flow/concat.ts";
import { filter } from "../../operators/flow/filter.ts";
import { flatMap } from "../../operators/flow/flat-map.ts";
import { map } from "../../operators/flow/map.ts";
import { Dataset } from "../../src/dataset.ts";
import { type Ledger, type Pace, paceText, passed } from "./ledger.ts";
import { each, Failure, type Item, type Plan, type Step } from "./plan.ts";
import { anyPace } from "./sources.ts";

type Part = (n: number, ledger: Ledger, pace: Pace) => Iterable<number> | AsyncIterable<number> | Promise<number[]>;

/** Parts of an item: n and n + 1, in every form that can be iterated. */
const parts: Readonly<Record<string, Part>> = {
  "[n, n + 1]": (n) => [n, n + 1],
  "new Set([n, n + 1])": (n) => new Set([n, n + 1]),
  "async () => [n, n + 1]": (n, _, pace) => passed(pace).then(() => [n, n + 1]),
  "function*": (n, ledger) => counted(n, ledger),
  "async function*": (n, ledger, pace) => countedAsync(n, ledger, pace),
  "Dataset.from([n, n + 1])": (n) => Dataset.from([n, n + 1]),
  "Dataset.from(async function*)": (n, ledger, pace) => Dataset.from(() => countedAsync(n, ledger, pace)),
  "Dataset.from(function*).pipe(flatMap(function*))": (n, ledger) =>
    Dataset.from(() => counted(n, ledger)).pipe(
      flatMap((part) => counted(part, ledger)),
      filter((_, { index }) => index >= 0),
      batch({ size: 2, collate: "list" }),
      map(([first = 0]) => first),
    ),
  "concat(Dataset.from([]), Dataset.from(async function*))": (n, ledger, pace) =>
    concat(
      Dataset.from<number>([]),
      Dataset.from(() => countedAsync(n, ledger, pace)),
    ),
};

function* counted(n: number, ledger: Ledger): Generator<number> {
  const source = ledger.opens("a generator of flatMap");
  try {
    yield n;
    source.asked();
    yield n + 1;
  } finally {
    source.close();
  }
}

async function* countedAsync(n: number, ledger: Ledger, pace: Pace): AsyncGenerator<number> {
  const source = ledger.opens("an async generator of flatMap");
  try {
    await passed(pace);
    yield n;
    source.asked();
    await passed(pace);
    yield n + 1;
  } finally {
    source.close();
  }
}

/** The parts of each item. */
export const flatMaps: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom(...Object.keys(parts)), anyPace)
  .map(([name, pace]) => ({
    code: `flatMap((n) => ${name} /* ${paceText(pace)} */)`,
    keepsIndex: false,
    build: (source, ledger) =>
      source.pipe(
        flatMap((n: number) => {
          ledger.works("flatMap");
          return parts[name]?.(n, ledger, pace) ?? [];
        }),
      ),
    model: each((n) => [n, n + 1]),
  }));

/** The items of another pipeline for every item. */
export const flatMapOf = (inner: Plan): Step => ({
  code: `flatMap(() => ${inner.code}.epoch(0))`,
  keepsIndex: false,
  hangs: inner.hangs,
  build: (source, ledger) => source.pipe(flatMap(() => inner.build(ledger).epoch(0))),
  model: function* (input, epoch) {
    for (const item of input(epoch)) {
      if (item instanceof Failure) yield item;
      else yield* itemsOfPart(inner);
    }
  },
});

/** A failure of a part is the failure of its item: the other parts of it don't come. */
function* itemsOfPart(inner: Plan): Generator<Item> {
  for (const item of inner.model(0)) {
    yield item;
    if (item instanceof Failure) return;
  }
}
