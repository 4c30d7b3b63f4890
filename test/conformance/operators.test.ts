import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { map as rxMap } from "rxjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeNifti } from "voxrx";
import * as operators from "voxrx/operators";
import { ramp } from "../support/volumes.ts";
import { type OperatorCase, operatorConformance } from "./operator.ts";

const folder = mkdtempSync(join(tmpdir(), "voxrx-operators-"));
const files = [0, 1, 2, 3].map((n) => join(folder, `${n}.nii`));
beforeAll(() => Promise.all(files.map((file, n) => writeNifti(ramp([1, 4, 5, 6], "int16", n), file))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const numbers = () => [1, 2, 3, 4, 5];
const volumes = () => [0, 10, 20].map((start) => ramp([1, 6, 5, 4], "float32", start));
const scans = () => volumes().map((image, id) => ({ image, label: ramp([1, 6, 5, 4], "uint8", id), id }));
const quiet = { report: () => undefined };
const keys = ["image", "label"] as const;

/** A case of an operator on numbers. */
const onNumbers = (make: OperatorCase["make"], keepsIndex = true): OperatorCase => ({
  items: numbers,
  make,
  keepsIndex,
});
/** A case of a transform of scans. */
const onScans = (make: OperatorCase["make"], keepsIndex = true): OperatorCase => ({ items: scans, make, keepsIndex });

type Operator = OperatorCase["make"];

/** Believes that an operator fits the items of its case, as the compiler does in a pipeline. */
const fitting = (make: () => unknown): Operator => make as Operator;

const cases: Readonly<Record<string, OperatorCase>> = {
  map: onNumbers(fitting(() => operators.map((n: number) => n + 1))),
  mapAsync: onNumbers(fitting(() => operators.mapAsync(async (n: number) => n + 1))),
  filter: onNumbers(
    fitting(() => operators.filter((n: number) => n > 2)),
    false,
  ),
  flatMap: onNumbers(
    fitting(() => operators.flatMap((n: number) => [n, n])),
    false,
  ),
  tap: onNumbers(fitting(() => operators.tap(() => undefined))),
  take: onNumbers(fitting(() => operators.take(2))),
  skip: onNumbers(fitting(() => operators.skip(2))),
  repeat: onNumbers(fitting(() => operators.repeat(2))),
  shuffle: onNumbers(fitting(() => operators.shuffle())),
  batch: onScans(fitting(() => operators.batch(2))),
  unbatch: { items: () => [[1, 2], [3], [4, 5]], make: fitting(() => operators.unbatch()), keepsIndex: false },
  prefetch: onNumbers(fitting(() => operators.prefetch({ items: 2, concurrency: 2 }))),
  progress: onNumbers(fitting(() => operators.progress(quiet))),
  onError: onNumbers(
    fitting(() => operators.onError({ skip: true, ...quiet })),
    false,
  ),
  indexed: onNumbers(fitting(() => operators.indexed())),
  rxjs: onNumbers(
    fitting(() => operators.rxjs(rxMap((n: number) => n + 1))),
    false,
  ),
  compose: onNumbers(
    fitting(() =>
      operators.compose(
        operators.map((n: number) => n + 1),
        operators.take(3),
      ),
    ),
  ),
  cacheUntilRandom: onScans(
    fitting(() => operators.compose(operators.orientation({ keys, axcodes: "LPS" }), operators.cacheUntilRandom())),
  ),
  smartReplace: { items: numbers, make: fitting(() => operators.smartReplace({ cacheNum: 3 })), keepsIndex: true },
  load: { items: () => files, make: fitting(() => operators.load()), keepsIndex: true },
  orientation: onScans(fitting(() => operators.orientation({ keys, axcodes: "ASL" }))),
  spacing: onScans(fitting(() => operators.spacing({ keys, pixdim: [2, 1, 0.5], mode: ["bilinear", "nearest"] }))),
  flip: onScans(fitting(() => operators.flip({ keys, spatialAxis: 1 }))),
  randFlip: onScans(fitting(() => operators.randFlip({ keys, prob: 0.5, spatialAxis: 0 }))),
  spatialCrop: onScans(fitting(() => operators.spatialCrop({ keys, roiStart: [0, 1, 0], roiEnd: [2, 3, 2] }))),
  centerSpatialCrop: onScans(fitting(() => operators.centerSpatialCrop({ keys, roiSize: [3, 3, 3] }))),
  randSpatialCrop: onScans(fitting(() => operators.randSpatialCrop({ keys, roiSize: [3, 2, 2] }))),
  spatialPad: onScans(fitting(() => operators.spatialPad({ keys, spatialSize: [8, 8, 8] }))),
  resizeWithPadOrCrop: onScans(fitting(() => operators.resizeWithPadOrCrop({ keys, spatialSize: [4, 8, 4] }))),
  cropForeground: onScans(fitting(() => operators.cropForeground({ keys, sourceKey: "image" }))),
  normalizeIntensity: onScans(fitting(() => operators.normalizeIntensity({ keys: "image" }))),
  thresholdIntensity: onScans(fitting(() => operators.thresholdIntensity({ keys: "image", threshold: 5 }))),
  rotate90: onScans(fitting(() => operators.rotate90({ keys }))),
  randRotate90: onScans(fitting(() => operators.randRotate90({ keys, prob: 0.5 }))),
  randAxisFlip: onScans(fitting(() => operators.randAxisFlip({ keys, prob: 0.5 }))),
  scaleIntensity: onScans(fitting(() => operators.scaleIntensity({ keys: "image" }))),
  scaleIntensityRange: onScans(
    fitting(() => operators.scaleIntensityRange({ keys: "image", aMin: 0, aMax: 50, bMin: 0, bMax: 1, clip: true })),
  ),
};

/** Exports that make datasets of several datasets, or that need a server: tested elsewhere. */
const exceptions = new Set(["zip", "concat", "download", "extract"]);

// Over a stream a window cannot move and a list cannot be found by its index: the suite's stream cases do not apply.
const overListsOnly = new Set(["smartReplace"]);

for (const [name, each] of Object.entries(cases)) if (!overListsOnly.has(name)) operatorConformance(name, each);

test("every operator that is exported is held to its promises", () => {
  const exported = Object.entries(operators)
    .filter(([, value]) => typeof value === "function")
    .map(([name]) => name);
  expect(exported.filter((name) => !(name in cases) && !exceptions.has(name))).toEqual([]);
});
