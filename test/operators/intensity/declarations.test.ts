/** Declarations held to their promises with more options than the one case of each operator in test/conformance. */
import { describe, test } from "vitest";
import { Volume } from "voxrx";
import { operatorChecks } from "voxrx/extend";
import * as operators from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";

/** Images of several element types, one a view, one with zeros and what is not a number. */
const images = () => [
  ramp([2, 6, 5, 4], "int16", -50),
  ramp([2, 5, 6, 4], "uint8", 100).flip([1]).permute([1, 0, 2]),
  ramp([2, 6, 5, 4], "float64", -7.3),
  new Volume({
    data: Float32Array.from({ length: 120 }, (_, n) => (n % 7 === 0 ? 0 : Math.sin(n) * 40)).fill(Number.NaN, 50, 52),
    shape: [1, 6, 5, 4],
  }),
];
const scans = () => images().map((image) => ({ image, mask: ramp([1, 6, 5, 4], "uint8", 1) }));

const subjects: Readonly<Record<string, readonly object[]>> = {
  adjustContrast: [{ gamma: 2 }, { gamma: 0.5, invertImage: true, retainStats: true }],
  clipIntensityPercentiles: [{ lower: 5 }, { lower: 5, upper: 90, sharpnessFactor: 1, channelWise: true }],
  foregroundMask: [
    {},
    { threshold: 5 },
    { threshold: [5, 7] },
    { threshold: [5, "otsu"] },
    { threshold: 5, invert: true },
  ],
  gaussianSharpen: [{ sigma1: 0.4, sigma2: [0.3, 0] }, {}],
  gaussianSmooth: [{ sigma: 0 }, { sigma: 0.3 }, { sigma: [0.5, 0, 0.2] }, { sigma: 5 }],
  histogramNormalize: [{ numBins: 8 }],
  medianSmooth: [{}, { radius: 0 }, { radius: [2, 1, 0] }],
  normalizeIntensity: [
    {},
    { nonzero: true, channelWise: true },
    { subtrahend: 3, divisor: 7 },
    { subtrahend: 3, divisor: 0, nonzero: true },
    { subtrahend: 3, divisor: 2, channelWise: true },
    { subtrahend: 3, channelWise: true },
  ],
  randAdjustContrast: [{ prob: 1 }],
  randBiasField: [{ prob: 1 }],
  randCoarseDropout: [{ prob: 1, holes: 2, spatialSize: 2, fillValue: 3 }],
  randCoarseShuffle: [{ prob: 1, holes: 2, spatialSize: 2 }],
  randGaussianNoise: [{ prob: 1 }],
  randGaussianSharpen: [{ prob: 1 }, { prob: 1, sigma1X: [0.1, 0.2], sigma2X: [0, 0.1] }],
  randGaussianSmooth: [{ prob: 1 }, { prob: 1, sigmaX: [0, 0], sigmaY: [0.1, 0.2] }],
  randGibbsNoise: [{ prob: 1 }],
  randHistogramShift: [{ prob: 1, numControlPoints: [3, 6] }],
  randKSpaceSpikeNoise: [{ prob: 1 }],
  randRicianNoise: [{ prob: 1, relative: true }],
  randScaleIntensity: [
    { prob: 1, factors: 0.3 },
    { prob: 1, factors: 0.3, channelWise: true },
  ],
  randShiftIntensity: [
    { prob: 1, offsets: [100, 200], safe: true },
    { prob: 1, offsets: 3, channelWise: true },
  ],
  randStdShiftIntensity: [{ prob: 1, factors: 2 }],
  savitzkyGolaySmooth: (["zeros", "reflect", "replicate", "circular"] as const).flatMap((mode) => [
    { windowLength: 3, order: 1, axis: -1, mode },
    { windowLength: 7, order: 2, axis: 0, mode },
  ]),
  scaleIntensity: [{}, { factor: 0.3 }, { channelWise: true, minv: -1 }],
  scaleIntensityRange: [
    { aMin: -30, aMax: 70 },
    { aMin: 0, aMax: 50, bMin: 0, bMax: 1, clip: true },
    { aMin: 0, aMax: 50, bMax: 0.5, clip: true },
    { aMin: 5, aMax: 5, bMin: 1 },
  ],
  scaleIntensityRangePercentiles: [{ lower: 5, upper: 90, bMin: 0, bMax: 1, relative: true }],
  shiftIntensity: [{ offset: 0.1 }, { offset: 200, safe: true }, { offset: -200, safe: true }],
  thresholdIntensity: [{ threshold: 5 }, { threshold: 5, above: false, cval: -1.3 }],
};
const onFields: Readonly<Record<string, readonly object[]>> = {
  histogramNormalize: [{ keys: "image", maskKey: "mask" }],
  maskIntensity: [{ keys: ["image"], maskKey: "mask", threshold: 60 }],
};

for (const [table, items] of [
  [subjects, images],
  [onFields, scans],
] as const) {
  for (const [name, each] of Object.entries(table)) {
    describe.each(each)(`${name}(%j)`, (options) => {
      const factory: unknown = Reflect.get(operators, name);
      for (const { promise, run } of operatorChecks({ factory, options, items })) test(promise, run);
    });
  }
}
