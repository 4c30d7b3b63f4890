import { expect, test } from "vitest";
import { csv } from "voxrx/datasets";
import { numberSchema, v, volumeOperator } from "voxrx/extend";
import * as operators from "voxrx/operators";

const own = volumeOperator<{ readonly pair: readonly [number, number]; readonly mail?: string }>()({
  name: "own",
  version: 1,
  options: {
    pair: v.strictTuple([numberSchema, numberSchema]),
    mail: v.optional(v.pipe(v.string(), v.email("expected an e-mail address"))),
  },
  each: (volume) => volume,
});

const refused: readonly (readonly [factory: (options: never) => unknown, options: unknown, message: string])[] = [
  [operators.rotate, undefined, "angle: expected a number or a list, got nothing"],
  [operators.rotate, [1], "expected an object, got [1]"],
  [operators.rotate, "image", 'expected an object, got "image"'],
  [operators.rotate, { angl: 1 }, 'there is no option "angl"; did you mean "angle"?'],
  [
    operators.rotate,
    { angle: 1, wobble: 2 },
    'there is no option "wobble"; the options are keys, allowMissingKeys, angle, keepSize, mode, paddingMode, alignCorners',
  ],
  [operators.rotate, { angle: Number.NaN }, "angle: expected a number or a list, got NaN"],
  [operators.rotate, { angle: Number.POSITIVE_INFINITY }, "angle: expected a finite number, got Infinity"],
  [operators.rotate, { angle: 1, keepSize: 1 }, "keepSize: expected a boolean, got 1"],
  [operators.rotate, { angle: 1, mode: "linear" }, 'mode: expected "bilinear", "nearest" or a list, got "linear"'],
  [operators.rotate, { angle: 1, mode: ["area"] }, 'mode: expected "bilinear" or "nearest", got ["area"]'],
  [operators.rotate, { angle: 1, keys: [] }, "keys: expected a list that is not empty, got []"],
  [operators.rotate, { angle: 1, keys: "" }, 'keys: expected a string that is not empty, got ""'],
  [operators.rotate, { angle: 1, keys: ["a", "a"] }, "keys: a field is named twice"],
  [operators.take, { count: 1.5 }, "count: expected an integer, got 1.5"],
  [operators.take, { count: 2 ** 60 }, `count: expected an integer below 2^53, got ${2 ** 60}`],
  [operators.take, { count: -1 }, "count: expected a number of at least 0, got -1"],
  [operators.gridPatch, { patchSize: 2, overlap: 1 }, "overlap: expected a number below 1, got 1"],
  [operators.randGaussianSmooth, { sigmaX: [1] }, "sigmaX: expected 2 entries, got [1]"],
  [operators.randGaussianSmooth, { sigmaX: [1, 2, 3] }, "sigmaX: expected 2 entries, got [1, 2, 3]"],
  [own, { pair: [] }, "pair: expected 2 entries, got []"],
  [own, { pair: [1, "b"] }, 'pair.1: expected a number, got "b"'],
  [own, { pair: [1, 2], mail: "x" }, 'mail: expected an e-mail address, got "x"'],
  [operators.load, { headers: { authorization: 5 } }, "headers.authorization: expected a string"],
];

test.for(refused)("%o refuses %j: %s", ([factory, options, message]) => {
  const call = () => factory(options as never);
  // The issues hold what was given, which may be secret.
  expect(call).toThrow(expect.not.objectContaining({ cause: expect.anything() }));
  expect(call).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION", fault: message }));
});

test("who gives fields or values without names is told how to name them", () => {
  expect(() => operators.rotate(["image", "label"] as never)).toThrow('Write rotate({ keys: ["image", "label"], … }).');
  expect(() => operators.rotate(0.3 as never)).toThrow('Write rotate({ keys: ["image"], … }).');
});

test("names of a record may be any, and none of them is a prototype", () => {
  const groups = (names: object) => () => csv("list.csv", { types: names as Record<string, "number"> });
  expect(groups({ constructor: "number", ["__proto__"]: "number" })).not.toThrow();
  expect(groups({ constructor: "words" })).toThrow(
    'types.constructor: expected "string", "number", "integer" or "boolean"',
  );
  expect(groups(JSON.parse('{ "__proto__": "words" }'))).toThrow("types.__proto__: expected");
  expect(groups([])).toThrow("types: expected an object");
  expect(groups(new Map())).toThrow("types: expected an object");
});
