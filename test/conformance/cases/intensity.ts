import * as operators from "voxrx/operators";
import type { OperatorCase } from "../operator.ts";
import { fitting, keys, onScans } from "./items.ts";

/** Cases of operators/intensity. */
export const intensityCases: Readonly<Record<string, OperatorCase>> = {
  normalizeIntensity: onScans(fitting(() => operators.normalizeIntensity({ keys: "image" }))),
  thresholdIntensity: onScans(fitting(() => operators.thresholdIntensity({ keys: "image", threshold: 5 }))),
  scaleIntensity: onScans(fitting(() => operators.scaleIntensity({ keys: "image" }))),
  scaleIntensityRange: onScans(
    fitting(() => operators.scaleIntensityRange({ keys: "image", aMin: 0, aMax: 50, bMin: 0, bMax: 1, clip: true })),
  ),
  randGaussianNoise: onScans(fitting(() => operators.randGaussianNoise({ keys, prob: 0.5 }))),
  randRicianNoise: onScans(
    fitting(() => operators.randRicianNoise({ keys, prob: 0.5, relative: true, channelWise: true })),
  ),
  randScaleIntensity: onScans(fitting(() => operators.randScaleIntensity({ keys, factors: 0.3, prob: 0.5 }))),
  randShiftIntensity: onScans(fitting(() => operators.randShiftIntensity({ keys, offsets: 3, prob: 0.5 }))),
  randAdjustContrast: onScans(fitting(() => operators.randAdjustContrast({ keys, prob: 0.5, retainStats: true }))),
  randGaussianSmooth: onScans(fitting(() => operators.randGaussianSmooth({ keys, prob: 0.5 }))),
  randGaussianSharpen: onScans(fitting(() => operators.randGaussianSharpen({ keys, prob: 0.5 }))),
  randStdShiftIntensity: onScans(fitting(() => operators.randStdShiftIntensity({ keys, factors: 2, prob: 0.5 }))),
  randBiasField: onScans(fitting(() => operators.randBiasField({ keys, prob: 0.5 }))),
  randHistogramShift: onScans(
    fitting(() => operators.randHistogramShift({ keys, numControlPoints: [3, 6], prob: 0.5 })),
  ),
  randGibbsNoise: onScans(fitting(() => operators.randGibbsNoise({ keys, prob: 0.5 }))),
  randKSpaceSpikeNoise: onScans(fitting(() => operators.randKSpaceSpikeNoise({ keys, prob: 0.5 }))),
  randCoarseDropout: onScans(
    fitting(() => operators.randCoarseDropout({ keys, holes: 2, maxHoles: 4, spatialSize: 2, prob: 0.5 })),
  ),
  randCoarseShuffle: onScans(
    fitting(() => operators.randCoarseShuffle({ keys, holes: 2, spatialSize: 2, maxSpatialSize: 3, prob: 0.5 })),
  ),
  adjustContrast: onScans(fitting(() => operators.adjustContrast({ keys: "image", gamma: 2 }))),
  clipIntensityPercentiles: onScans(
    fitting(() => operators.clipIntensityPercentiles({ keys: "image", lower: 5, upper: 90 })),
  ),
  foregroundMask: onScans(fitting(() => operators.foregroundMask({ keys: "image" }))),
  gaussianSharpen: onScans(fitting(() => operators.gaussianSharpen({ keys: "image" }))),
  gaussianSmooth: onScans(fitting(() => operators.gaussianSmooth({ keys: "image", sigma: 1 }))),
  histogramNormalize: onScans(fitting(() => operators.histogramNormalize({ keys: "image" }))),
  maskIntensity: onScans(fitting(() => operators.maskIntensity({ keys: "image", maskKey: "label" }))),
  medianSmooth: onScans(fitting(() => operators.medianSmooth({ keys: "image" }))),
  savitzkyGolaySmooth: onScans(
    fitting(() => operators.savitzkyGolaySmooth({ keys: "image", windowLength: 3, order: 1 })),
  ),
  scaleIntensityRangePercentiles: onScans(
    fitting(() => operators.scaleIntensityRangePercentiles({ keys: "image", lower: 5, upper: 90, bMin: 0, bMax: 1 })),
  ),
  shiftIntensity: onScans(fitting(() => operators.shiftIntensity({ keys: "image", offset: 3 }))),
};
