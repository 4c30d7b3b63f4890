export { type NormalizeIntensityOptions, normalizeIntensity } from "./normalize-intensity.ts";
export { type ScaleIntensityOptions, scaleIntensity } from "./scale-intensity.ts";
export { type ScaleIntensityRangeOptions, scaleIntensityRange } from "./scale-intensity-range.ts";
export { type ThresholdIntensityOptions, thresholdIntensity } from "./threshold-intensity.ts";
