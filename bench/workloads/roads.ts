/** The pipelines that are measured, as steps for both sides. */
import type { Step } from "../peer/monai-names.ts";

const image = "image";
const both = ["image", "label"];

/** A T1 image to 1.5 mm and values from 0 to 1: the deterministic part of a training pipeline. */
export const t1Preparation: readonly Step[] = [
  { operator: "load", options: { keys: image, dtype: "float32" } },
  { operator: "orientation", options: { keys: image, axcodes: "RAS" } },
  { operator: "spacing", options: { keys: image, pixdim: 1.5 } },
  { operator: "scaleIntensity", options: { keys: image } },
];

/** The random part of it. */
export function t1Augmentation(side: number): readonly Step[] {
  return [
    { operator: "randSpatialCrop", options: { keys: image, roiSize: [side, side, side], randomSize: false } },
    { operator: "randFlip", options: { keys: image, prob: 0.5, spatialAxis: 0 } },
  ];
}

/** A CT with its label, from files to patches. */
export function ctTraining(short: boolean): readonly Step[] {
  const spatialSize = short ? [64, 64, 32] : [96, 96, 48];
  return [
    { operator: "load", options: { keys: both } },
    { operator: "orientation", options: { keys: both, axcodes: "RAS" } },
    { operator: "spacing", options: { keys: both, pixdim: [1.5, 1.5, 2], mode: ["bilinear", "nearest"] } },
    { operator: "scaleIntensityRange", options: { keys: image, aMin: -57, aMax: 164, bMin: 0, bMax: 1, clip: true } },
    { operator: "cropForeground", options: { keys: both, sourceKey: image, allowSmaller: true } },
    { operator: "randCropByPosNegLabel", options: { keys: both, labelKey: "label", spatialSize, numSamples: 4 } },
    { operator: "randFlip", options: { keys: both, prob: 0.5, spatialAxis: 0 } },
  ];
}

// Ranges with hardly any room: what is drawn doesn't decide how much work there is.
const narrow = (value: number) => [value, value * 1.001];

/** Augmentation of a patch with its label, every step of it done. */
export const augmentation: readonly Step[] = [
  {
    operator: "randAffine",
    options: {
      keys: both,
      prob: 1,
      rotateRange: [narrow(0.2), narrow(0.1), narrow(0.1)],
      scaleRange: [narrow(0.1), narrow(0.1), narrow(0.1)],
      mode: ["bilinear", "nearest"],
    },
  },
  { operator: "randGaussianNoise", options: { keys: image, prob: 1, std: 10, sampleStd: false } },
  {
    operator: "randGaussianSmooth",
    options: { keys: image, prob: 1, sigmaX: narrow(0.7), sigmaY: narrow(0.7), sigmaZ: narrow(0.7) },
  },
  { operator: "randScaleIntensity", options: { keys: image, prob: 1, factors: narrow(0.2) } },
  { operator: "randAdjustContrast", options: { keys: image, prob: 1, gamma: narrow(1.4) } },
  { operator: "randFlip", options: { keys: both, prob: 1, spatialAxis: 0 } },
  // Low resolution: half the voxels along each axis, and back.
  { operator: "resize", options: { keys: image, spatialSize: [64, 64, 64], mode: "nearest" } },
  { operator: "resize", options: { keys: image, spatialSize: [128, 128, 128], mode: "trilinear" } },
];
