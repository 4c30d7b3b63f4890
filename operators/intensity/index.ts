export { type ScaleIntensityOptions, scaleIntensity } from "./scale-intensity.ts";
export { type ScaleIntensityRangeOptions, scaleIntensityRange } from "./scale-intensity-range.ts";
