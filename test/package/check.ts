/** Holds what own.ts and broken.ts declare to their promises, as a user's project does; prints what is broken as JSON. */
import { Volume } from "voxrx";
import { type Check, formatChecks, operatorChecks, runChecks, storeChecks } from "voxrx/extend";
import * as broken from "./broken.js";
import * as own from "./own.js";

const scan = (start: number) =>
  new Volume({ data: Float64Array.from({ length: 24 }, (_, n) => start + n), shape: [1, 2, 3, 4] });
const scans = () => [scan(0), scan(10), scan(20), scan(30), scan(40)];
const people = () => [{ age: 3 }, { age: 41 }, { age: 77 }];
const module = (name: string) => new URL(`./${name}.js`, import.meta.url);
const [ours, theirs] = [module("own"), module("broken")];

broken.setFactor(3);

const suites: Readonly<Record<string, readonly Check[]>> = {
  gamma: operatorChecks({ factory: own.gamma, options: { exponent: 2 }, items: scans, module: ours }),
  randOffset: operatorChecks({ factory: own.randOffset, options: { most: 5, prob: 1 }, items: scans, module: ours }),
  halves: operatorChecks({ factory: own.halves, options: { axis: 1 }, items: scans, module: ours }),
  ageGroup: operatorChecks({ factory: own.ageGroup, options: { span: 10 }, items: people, module: ours }),
  every: operatorChecks({ factory: own.every, options: { step: 2 }, items: scans, module: ours }),
  slab: formatChecks(own.slab, { keeps: { dtypes: ["float32"], channels: { plane: 0, solid: 1 }, affine: false } }),
  mapStore: storeChecks(own.mapStore),
  captures: operatorChecks({ factory: broken.captures, items: scans, module: theirs }),
  misdeclares: operatorChecks({ factory: broken.misdeclares, items: scans, module: theirs }),
  drawsElsewhere: operatorChecks({ factory: broken.drawsElsewhere, options: { prob: 1 }, items: scans }),
  changesItsItem: operatorChecks({ factory: broken.changesItsItem, items: people, module: theirs }),
  forgets: operatorChecks({ factory: broken.forgets, options: { step: 2 }, items: scans, keepsIndex: false }),
  forgives: formatChecks(broken.forgives, {
    keeps: { dtypes: ["float32"], channels: { plane: 0, solid: 1 }, affine: false },
  }),
  stubbornStore: storeChecks(broken.stubbornStore),
};

const found: Record<string, string[]> = {};
for (const [name, checks] of Object.entries(suites)) {
  const report = await runChecks(checks);
  found[name] = report.broken.map(
    ({ promise, error }) => `${promise}: ${error instanceof Error ? error.message : error}`,
  );
}
console.log(JSON.stringify(found, undefined, 1));
