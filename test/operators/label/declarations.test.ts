/** Declarations held to their promises with more options than the one case of each operator in test/conformance. */
import { describe, test } from "vitest";
import { Volume } from "voxrx";
import { operatorChecks } from "voxrx/extend";
import * as operators from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";

const shape = [1, 6, 5, 4];
const few = (n: number) => (n * n) % 5;

/** Labels of several element types, one a view, and doubles that float32 does not have. */
const labels = () => [
  new Volume({ data: Uint8Array.from({ length: 120 }, (_, n) => few(n)), shape }),
  new Volume({ data: Int32Array.from({ length: 120 }, (_, n) => few(n) - 1), shape }).flip([1]).permute([2, 0, 1]),
  new Volume({ data: Float32Array.from({ length: 120 }, (_, n) => few(n) / 2), shape }),
  new Volume({ data: Float64Array.from({ length: 120 }, (_, n) => few(n) / 10), shape }),
  new Volume({ data: Float64Array.from({ length: 120 }, (_, n) => (n - 60) / 3), shape }),
];
const classes = () =>
  labels()
    .slice(0, 4)
    .map((label) => label.mapSamples((value) => Math.abs(Math.trunc(value))));
const scores = () => [0, 7, 20].map((start) => ramp([3, 5, 4, 3], "float32", start).flip([0]));

const subjects: readonly (readonly [
  items: () => readonly unknown[],
  table: Readonly<Record<string, readonly object[]>>,
])[] = [
  [
    labels,
    {
      activations: [{}, { sigmoid: true }, { softmax: true }],
      asDiscrete: [
        {},
        { threshold: 0.1 },
        { threshold: 0.3, dtype: "uint8" },
        { rounding: "torchrounding" },
        { rounding: "torchrounding", threshold: 1 },
        { rounding: "torchrounding", dtype: "int16" },
        { dtype: "float64" },
      ],
      distanceTransformEDT: [{ sampling: [1, 2, 3] }],
      fillHoles: [{}, { appliedLabels: 2, connectivity: 1 }],
      keepLargestConnectedComponent: [{}, { independent: false, connectivity: 1, numComponents: 2 }],
      labelFilter: [{ appliedLabels: [1, 3] }, { appliedLabels: 0 }],
      labelToContour: [{}],
      labelToMask: [{ selectLabels: [1, 2] }, { selectLabels: 1, mergeChannels: true }],
      mapLabelValue: [
        { origLabels: [1, 2], targetLabels: [2, 1] },
        { origLabels: [1], targetLabels: [70_000] },
        { origLabels: [1], targetLabels: [0.1] },
        { origLabels: [1, 2], targetLabels: [2, 1], dtype: "float64" },
      ],
      removeSmallObjects: [{ minSize: 3 }, { minSize: 3, independentChannels: false, byMeasure: true, pixdim: 2 }],
    },
  ],
  [classes, { asDiscrete: [{ toOnehot: 5 }], mapLabelValue: [{ origLabels: [1], targetLabels: [7], dtype: "uint8" }] }],
  [
    scores,
    {
      activations: [{ softmax: true }],
      asDiscrete: [{ argmax: true }, { argmax: true, dtype: "uint8" }, { argmax: true, toOnehot: 3 }],
      labelToContour: [{}],
      labelToMask: [{ selectLabels: [0, 2] }, { selectLabels: [0, 2], mergeChannels: true }],
    },
  ],
];

for (const [items, table] of subjects) {
  for (const [name, each] of Object.entries(table)) {
    describe.each(each)(`${name}(%j) on ${items.name}`, (options) => {
      const factory: unknown = Reflect.get(operators, name);
      for (const { promise, run } of operatorChecks({ factory, options, items })) test(promise, run);
    });
  }
}
