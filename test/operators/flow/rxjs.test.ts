import * as rx from "rxjs";
import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { rxjs } from "voxrx/operators";
import { countingSource } from "../../support/counting.ts";

const byParity: rx.OperatorFunction<number, number[]> = (numbers) =>
  numbers.pipe(
    rx.groupBy((n) => n % 2),
    rx.mergeMap((group) => group.pipe(rx.toArray())),
  );

test("an operator that holds streams open gets as many items ahead as it needs", async () => {
  const groups = Dataset.from([1, 2, 3, 4]).pipe(rxjs(byParity, { ahead: Number.POSITIVE_INFINITY }));
  expect(await groups.toArray()).toEqual([
    [1, 3],
    [2, 4],
  ]);
});

test("the operator is applied in each run, and opens nothing before", async () => {
  const { source, counts } = countingSource({ length: 3 });
  let applied = 0;
  const doubled = source.pipe(
    rxjs((numbers: rx.Observable<number>) => {
      applied++;
      return numbers.pipe(rx.map((n) => n * 2));
    }),
  );
  expect([applied, counts.opened]).toEqual([0, 0]);
  for (const run of [1, 2]) {
    expect(await doubled.toArray()).toEqual([0, 2, 4]);
    expect([applied, counts.opened, counts.closed]).toEqual([run, run, run]);
  }
});

test.for([0, 1.5, "2"])("ahead %j is refused when it is composed", (ahead) => {
  const compose = () => Reflect.apply(rxjs, undefined, [byParity, { ahead }]);
  expect(compose).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION", operator: "rxjs" }));
});
