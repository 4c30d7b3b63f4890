/** Steps with other pipelines in them, for random pipelines. */
import fc from "fast-check";
import { concat } from "../../operators/flow/concat.ts";
import { map } from "../../operators/flow/map.ts";
import { zip } from "../../operators/flow/zip.ts";
import { flatMapOf } from "./flat-map-steps.ts";
import { each, Failure, type Item, type Plan, type Step, throwing } from "./plan.ts";

/** Several pipelines as one; the first is what is before. */
const joined = (others: readonly Plan[], way: "concat" | "zip" | "zipShared" | "concatTwice"): Step => {
  const codes = others.map(({ code }) => `, ${code.replaceAll("\n", "\n  ")}`).join("");
  const hangs = others.some((plan) => plan.hangs);
  const isIndexed = others.every((plan) => plan.isIndexed);
  if (way === "concat") {
    return {
      code: `concat(it${codes})`,
      keepsIndex: isIndexed,
      hangs,
      build: (source, ledger) => concat(source, ...others.map((plan) => plan.build(ledger))),
      *model(input, epoch) {
        yield* input(epoch);
        for (const plan of others) yield* plan.model(epoch);
      },
    };
  }
  if (way === "concatTwice") {
    return {
      code: "concat(it, it)",
      keepsIndex: true,
      build: (source) => concat(source, source),
      *model(input, epoch) {
        yield* input(epoch);
        yield* input(epoch);
      },
    };
  }
  if (way === "zipShared") {
    return {
      code: "zip(it.share(), the same), map(sum)",
      keepsIndex: false,
      build(source) {
        const one = source.share({ maxLag: 1 });
        return zip(one, one).pipe(map(([a, b]) => a + b));
      },
      model: each((n) => [n + n]),
    };
  }
  return {
    code: `zip(it${codes}), map(sum)`,
    keepsIndex: isIndexed,
    hangs,
    build: (source, ledger) =>
      zip(source, ...others.map((plan) => plan.build(ledger))).pipe(
        map((tuple) => tuple.reduce((sum: number, n: number) => sum + n, 0)),
      ),
    *model(input, epoch, inputIsIndexed) {
      const all = [input(epoch), ...others.map((plan) => plan.model(epoch))];
      const byIndex = inputIsIndexed && isIndexed;
      const iterators = all.map((items) => (byIndex ? items : withEnd(items))[Symbol.iterator]());
      for (;;) {
        const steps = iterators.map((iterator) => iterator.next());
        const items = steps.flatMap((step) => (step.done ? [] : [step.value]));
        // What comes after the end of the shortest can't fail.
        if (items.length < all.length) return;
        const failure = items.find((item) => item instanceof Failure);
        if (failure) {
          yield failure;
          continue;
        }
        yield items.reduce<number>((sum, item) => (item instanceof Failure ? sum : sum + item), 0);
      }
    },
  };
};

/** A stream ends at its first failure. */
function* withEnd(items: Iterable<Item>): Generator<Item> {
  try {
    yield* throwing(items);
  } catch (failure) {
    if (failure instanceof Failure) yield failure;
    else throw failure;
  }
}

/** Steps with pipelines in them. */
export function anyJoin(plan: fc.Arbitrary<Plan>): fc.Arbitrary<Step> {
  const some = fc.array(plan, { minLength: 1, maxLength: 2 });
  return fc.oneof(
    some.map((others) => joined(others, "concat")),
    some.map((others) => joined(others, "zip")),
    fc.constant(joined([], "zipShared")),
    fc.constant(joined([], "concatTwice")),
    plan.map(flatMapOf),
  );
}
