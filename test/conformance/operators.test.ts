import { expect, test } from "vitest";
import * as operators from "voxrx/operators";
import { transformData, transformOf } from "../../src/operator/relocation.ts";
import { transformsIn } from "../support/transform-of.ts";
import { cacheCases } from "./cases/cache.ts";
import { cropCases } from "./cases/crop.ts";
import { flowCases } from "./cases/flow.ts";
import { intensityCases } from "./cases/intensity.ts";
import { ioCases } from "./cases/io.ts";
import { labelCases } from "./cases/label.ts";
import { patchCases } from "./cases/patch.ts";
import { spatialCases } from "./cases/spatial.ts";
import { utilityCases } from "./cases/utility.ts";
import { type OperatorCase, operatorConformance } from "./operator.ts";

const cases: Readonly<Record<string, OperatorCase>> = {
  ...cacheCases,
  ...cropCases,
  ...flowCases,
  ...intensityCases,
  ...ioCases,
  ...labelCases,
  ...patchCases,
  ...spatialCases,
  ...utilityCases,
};

/** Exports that make datasets of several datasets, or that need a server: tested elsewhere. */
const exceptions = new Set(["zip", "concat", "mix", "join", "download", "extract"]);

// A rotation can't move over a stream, and an index can't be found in one.
const overListsOnly = new Set(["forRank", "smartReplace", "subset"]);

for (const [name, each] of Object.entries(cases)) {
  operatorConformance(name, { ...each, worksOnStreams: !overListsOnly.has(name), needsItems: name === "subset" });
}

test.for(Object.entries(cases))("%s moves elsewhere as data, or says that it can't", ([, { make }]) => {
  for (const transform of transformsIn(make())) {
    const data = transformData(transform);
    if (!data) continue;
    const again = transformOf(structuredClone(data), operators);
    expect(again.fingerprint).toBe(transform.fingerprint);
  }
});

test("all transforms but functions, and those that hold other operators, move as data", () => {
  const staying = Object.entries(cases)
    .filter(([, { make }]) => transformsIn(make()).some((transform) => !transformData(transform)))
    .map(([name]) => name);
  const functions = ["map", "mapAsync", "filter", "tap", "lambda", "randLambda", "dataStats"];
  expect(staying).toEqual([...functions, "oneOf", "someOf", "randomOrder", "lazy"]);
});

test("every operator that is exported is held to its promises", () => {
  const exported = Object.entries(operators)
    .filter(([, value]) => typeof value === "function")
    .map(([name]) => name);
  expect(exported.filter((name) => !(name in cases) && !exceptions.has(name))).toEqual([]);
});
