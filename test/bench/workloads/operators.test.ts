import { expect, test } from "vitest";
import * as extend from "voxrx/extend";
import * as ops from "voxrx/operators";
import { elsewhere, examples } from "../../../bench/workloads/operator-examples.ts";
import { operatorCases } from "../../../bench/workloads/operators.ts";

/** The declared transforms of items: all that `elsewhere` does not give a reason for are measured. */
const declared = Object.entries(ops).flatMap(([name, factory]) => {
  const declaration = extend.declarationOf(factory);
  return declaration && declaration.works !== "stream" ? [name] : [];
});

test("every declared transform is measured, or it is said where", () => {
  const measured = new Set(operatorCases({ ops, extend }).map(({ operator }) => operator));
  expect([...measured, ...Object.keys(elsewhere)].sort()).toEqual(declared.sort());
});

test("every operator accepts the options that it is measured with", () => {
  for (const { operator, example } of operatorCases({ ops, extend })) {
    const make = extend.declarationOf(Reflect.get(ops, operator))?.make;
    expect(() => make?.(example.options), `${operator} in operator-examples.ts`).not.toThrow();
  }
});

test("examples are of operators that there are", () => {
  expect(Object.keys(examples).filter((name) => !declared.includes(name))).toEqual([]);
});

interface AddedOptions {
  readonly factor: number;
  readonly radius: number | readonly number[];
  readonly mode: "near" | "far";
  readonly axes: readonly number[];
  readonly prob?: number;
}

test("a new operator is measured with options that follow from its declaration", () => {
  const { v, numberSchema, countSchema, volumeOperator } = extend;
  const added = volumeOperator<AddedOptions>()({
    name: "added",
    version: 1,
    options: {
      factor: v.pipe(numberSchema, v.minValue(3)),
      radius: v.union([countSchema, v.array(countSchema)]),
      mode: v.picklist(["near", "far"]),
      axes: v.pipe(v.array(countSchema), v.minLength(2)),
      prob: v.optional(numberSchema, 0.1),
    },
    each: (volume) => volume,
  });
  const cases = operatorCases({ ops: { ...ops, added }, extend }).filter(({ operator }) => operator === "added");
  expect(cases).toEqual([
    { operator: "added", example: { on: "t1", options: { factor: 3, radius: 1, mode: "near", axes: [1, 1] } } },
  ]);
});
