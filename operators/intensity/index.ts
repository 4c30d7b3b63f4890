export { type AdjustContrastOptions, adjustContrast } from "./adjust-contrast.ts";
export { type ClipIntensityPercentilesOptions, clipIntensityPercentiles } from "./clip-intensity-percentiles.ts";
export { type ForegroundMaskOptions, foregroundMask } from "./foreground-mask.ts";
export { type GaussianSharpenOptions, gaussianSharpen } from "./gaussian-sharpen.ts";
export { type GaussianSmoothOptions, gaussianSmooth } from "./gaussian-smooth.ts";
export { type HistogramNormalizeOptions, histogramNormalize } from "./histogram-normalize.ts";
export { type MaskIntensityOptions, maskIntensity } from "./mask-intensity.ts";
export { type MedianSmoothOptions, medianSmooth } from "./median-smooth.ts";
export { type NormalizeIntensityOptions, normalizeIntensity } from "./normalize-intensity.ts";
export { type RandAdjustContrastOptions, randAdjustContrast } from "./rand-adjust-contrast.ts";
export { type RandBiasFieldOptions, randBiasField } from "./rand-bias-field.ts";
export { type RandCoarseDropoutOptions, randCoarseDropout } from "./rand-coarse-dropout.ts";
export { type RandCoarseShuffleOptions, randCoarseShuffle } from "./rand-coarse-shuffle.ts";
export { type RandGaussianNoiseOptions, randGaussianNoise } from "./rand-gaussian-noise.ts";
export { type RandGaussianSharpenOptions, randGaussianSharpen } from "./rand-gaussian-sharpen.ts";
export { type RandGaussianSmoothOptions, randGaussianSmooth } from "./rand-gaussian-smooth.ts";
export { type RandGibbsNoiseOptions, randGibbsNoise } from "./rand-gibbs-noise.ts";
export { type RandHistogramShiftOptions, randHistogramShift } from "./rand-histogram-shift.ts";
export {
  type IntensityRange,
  type RandKSpaceSpikeNoiseOptions,
  randKSpaceSpikeNoise,
} from "./rand-k-space-spike-noise.ts";
export { type RandRicianNoiseOptions, randRicianNoise } from "./rand-rician-noise.ts";
export { type RandScaleIntensityOptions, randScaleIntensity } from "./rand-scale-intensity.ts";
export { type RandShiftIntensityOptions, randShiftIntensity } from "./rand-shift-intensity.ts";
export { type RandStdShiftIntensityOptions, randStdShiftIntensity } from "./rand-std-shift-intensity.ts";
export { type SavitzkyGolaySmoothOptions, savitzkyGolaySmooth } from "./savitzky-golay-smooth.ts";
export { type ScaleIntensityOptions, scaleIntensity } from "./scale-intensity.ts";
export { type ScaleIntensityRangeOptions, scaleIntensityRange } from "./scale-intensity-range.ts";
export {
  type ScaleIntensityRangePercentilesOptions,
  scaleIntensityRangePercentiles,
} from "./scale-intensity-range-percentiles.ts";
export type { HolesOptions } from "./shared/drawn-holes.ts";
export type { SigmaRange } from "./shared/sigma.ts";
export { type ShiftIntensityOptions, shiftIntensity } from "./shift-intensity.ts";
export { type ThresholdIntensityOptions, thresholdIntensity } from "./threshold-intensity.ts";
