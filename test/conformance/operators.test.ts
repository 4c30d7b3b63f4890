import { expect, test } from "vitest";
import * as operators from "voxrx/operators";
import { factoriesIn, Stays, transformData, transformsData, transformsFrom } from "../../src/operator/relocation.ts";
import { transformsIn } from "../support/transform-of.ts";
import { cacheCases } from "./cases/cache.ts";
import { cropCases } from "./cases/crop.ts";
import { flowCases } from "./cases/flow.ts";
import { intensityCases } from "./cases/intensity.ts";
import { ioCases } from "./cases/io.ts";
import { labelCases } from "./cases/label.ts";
import { metricCases } from "./cases/metric.ts";
import { patchCases } from "./cases/patch.ts";
import { spatialCases } from "./cases/spatial.ts";
import { trainerCases } from "./cases/trainer.ts";
import { utilityCases } from "./cases/utility.ts";
import { type OperatorCase, operatorConformance } from "./operator.ts";

const cases: Readonly<Record<string, OperatorCase>> = {
  ...cacheCases,
  ...cropCases,
  ...flowCases,
  ...intensityCases,
  ...ioCases,
  ...labelCases,
  ...metricCases,
  ...patchCases,
  ...spatialCases,
  ...trainerCases,
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
  const transforms = transformsIn(make());
  const data = transformsData(transforms).flatMap((each) => (each instanceof Stays ? [] : [each]));
  if (data.length < transforms.length) return;
  const again = transformsFrom(structuredClone(data), factoriesIn(operators));
  expect(again.map(({ fingerprint }) => fingerprint)).toEqual(transforms.map(({ fingerprint }) => fingerprint));
});

test("all transforms move as data but functions, and those with effects beyond their items", () => {
  const staying = Object.entries(cases)
    .filter(([, { make }]) => transformsIn(make()).some((transform) => transformData(transform) instanceof Stays))
    .map(([name]) => name);
  expect(staying).toEqual(["map", "mapAsync", "filter", "tap", "save", "lambda", "randLambda", "dataStats"]);
});

test("every operator that is exported is held to its promises", () => {
  const exported = Object.entries(operators)
    .filter(([, value]) => typeof value === "function")
    .map(([name]) => name);
  expect(exported.filter((name) => !(name in cases) && !exceptions.has(name))).toEqual([]);
});
