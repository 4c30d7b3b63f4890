import { expect, test } from "vitest";
import * as operators from "voxrx/operators";
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
const exceptions = new Set(["zip", "concat", "download", "extract"]);

// Over a stream a window cannot move and a list cannot be found by its index: the suite's stream cases do not apply.
const overListsOnly = new Set(["smartReplace", "subset"]);

for (const [name, each] of Object.entries(cases)) if (!overListsOnly.has(name)) operatorConformance(name, each);

test("every operator that is exported is held to its promises", () => {
  const exported = Object.entries(operators)
    .filter(([, value]) => typeof value === "function")
    .map(([name]) => name);
  expect(exported.filter((name) => !(name in cases) && !exceptions.has(name))).toEqual([]);
});
