/**
 * Options to measure operators with, where those that follow from the declaration say little: several modes, real sizes,
 * or the input that the operator is for. An operator that is not here is measured with its defaults.
 */
import type { InputName } from "../peer/peer-work.ts";

/** One way to use an operator. */
export interface Example {
  readonly options: Readonly<Record<string, unknown>>;
  /** Default `"t1"`. */
  readonly on?: InputName;
  /** Options of MONAI's transform that differ; false: MONAI has no counterpart. */
  readonly monai?: Readonly<Record<string, unknown>> | false;
  /** As in a workload; the limit is copying input and output. */
  readonly bound?: number;
}

const sure = { prob: 1 };
const half = [128, 128, 75];
const patch = [96, 96, 96];
const keys = ["image", "label"];

// Ranges with hardly any room: what is drawn doesn't decide how much work there is.
const rotations = { rotateRange: [[0.2, 0.2001], [0.1, 0.1001], [0.1, 0.1001]] }; // biome-ignore format: one line
const scales = { scaleRange: [[0.1, 0.1001], [0.1, 0.1001], [0.1, 0.1001]] }; // biome-ignore format: one line
const toUnit = { aMin: 0, aMax: 500, bMin: 0, bMax: 1, clip: true };

export const examples: Readonly<Record<string, readonly Example[]>> = {
  // Spatial
  orientation: [
    { options: { axcodes: "RAS" }, bound: 3 },
    { options: { axcodes: "SAR" }, on: "reoriented" },
  ],
  spacing: [
    { options: { pixdim: 1.5 }, bound: 12 },
    { options: { pixdim: 1.5 }, on: "reoriented" },
    { options: { pixdim: 1.5, diagonal: true } },
    { options: { pixdim: 1.5, mode: "nearest" }, on: "label" },
    { options: { pixdim: 0.8 } },
  ],
  spatialResample: [{ options: { spatialSize: half } }],
  resampleToMatch: [{ options: { keys: "image", keyDst: "other" }, on: "pair" }],
  resize: [
    { options: { spatialSize: half } },
    { options: { spatialSize: half, mode: "trilinear" } },
    { options: { spatialSize: half, mode: "nearest" } },
    { options: { spatialSize: half, mode: "trilinear", antiAliasing: true } },
  ],
  zoom: [{ options: { zoom: 1.2, mode: "trilinear" } }, { options: { zoom: 0.8, mode: "area" } }],
  rotate: [{ options: { angle: [0.1, 0.2, 0.3] } }, { options: { angle: [0, 0, 0.3], mode: "nearest" }, on: "label" }],
  affine: [
    {
      options: {
        rotateParams: [0.1, 0.1, 0.1],
        shearParams: [0.1, 0, 0, 0, 0, 0],
        translateParams: [3, 0, 0],
        scaleParams: [1.1, 1.1, 1.1],
      },
    },
  ],
  randAffine: [
    { options: { ...sure, ...rotations, ...scales } },
    { options: { ...sure, ...rotations, spatialSize: patch } },
  ],
  rand3DElastic: [{ options: { ...sure, sigmaRange: [3, 3.001], magnitudeRange: [20, 20.001] } }],
  randGridDistortion: [{ options: { ...sure, numCells: 5, distortLimit: [0.0299, 0.03] } }],
  randFlip: [{ options: { ...sure, spatialAxis: 0 } }],
  randRotate90: [{ options: { ...sure, maxK: 1 } }],
  randRotate: [{ options: { ...sure, rangeX: [0.3, 0.3001], rangeY: [0.1, 0.1001], rangeZ: [0.1, 0.1001] } }],
  randZoom: [{ options: { ...sure, minZoom: 1.1, maxZoom: 1.1001, mode: "trilinear" } }],
  invert: [{ options: { keys: "pred", origKey: "image" }, on: "preprocessed" }],
  // Crop and pad
  spatialCrop: [{ options: { roiStart: [10, 10, 10], roiEnd: [138, 138, 85] } }],
  centerSpatialCrop: [{ options: { roiSize: half } }],
  centerScaleCrop: [{ options: { roiScale: 0.5 } }],
  randSpatialCrop: [{ options: { roiSize: patch, randomSize: false } }],
  randScaleCrop: [{ options: { roiScale: 0.5, randomSize: false } }],
  randSpatialCropSamples: [{ options: { roiSize: patch, numSamples: 4, randomSize: false } }],
  randCropByPosNegLabel: [{ options: { keys, labelKey: "label", spatialSize: patch, numSamples: 4 }, on: "record" }],
  randCropByLabelClasses: [
    {
      options: { keys, labelKey: "label", spatialSize: patch, numSamples: 4, numClasses: 4, ratios: [1, 1, 1, 1] },
      on: "record",
    },
  ],
  randWeightedCrop: [{ options: { keys: "image", wKey: "weight", spatialSize: patch, numSamples: 4 }, on: "record" }],
  fgBgToIndices: [{ options: { keys: "label" }, on: "record" }],
  cropForeground: [{ options: {} }, { options: { keys, sourceKey: "label", margin: 4 }, on: "record" }],
  spatialPad: [
    { options: { spatialSize: [276, 276, 170] } },
    { options: { spatialSize: [276, 276, 170], mode: "reflect" } },
  ],
  borderPad: [{ options: { spatialBorder: 10 }, bound: 4 }],
  divisiblePad: [{ options: { k: 64 } }],
  resizeWithPadOrCrop: [{ options: { spatialSize: [200, 300, 150] } }],
  // Intensity
  scaleIntensityRange: [
    { options: toUnit, bound: 4 },
    { options: toUnit, on: "int16" },
  ],
  scaleIntensityRangePercentiles: [{ options: { lower: 1, upper: 99, bMin: 0, bMax: 1, clip: true } }],
  clipIntensityPercentiles: [
    { options: { lower: 1, upper: 99 }, bound: 8 },
    { options: { lower: 1, upper: 99, sharpnessFactor: 10 } },
  ],
  normalizeIntensity: [{ options: {} }, { options: { nonzero: true, channelWise: true }, bound: 6 }],
  thresholdIntensity: [{ options: { threshold: 50, above: true, cval: 0 } }],
  adjustContrast: [
    { options: { gamma: 2 } },
    { options: { gamma: 0.7 } },
    { options: { gamma: 0.7, retainStats: true } },
  ],
  shiftIntensity: [{ options: { offset: 5 } }],
  gaussianSmooth: [{ options: { sigma: 1 }, bound: 9 }, { options: { sigma: 4 } }],
  medianSmooth: [{ options: { radius: 1 } }],
  histogramNormalize: [{ options: { numBins: 256 } }],
  savitzkyGolaySmooth: [{ options: { windowLength: 5, order: 2, axis: 1 } }],
  foregroundMask: [{ options: { threshold: "otsu", invert: true } }],
  maskIntensity: [
    { options: { keys: "image", maskKey: "label" }, on: "record", monai: { keys: "image", mask_key: "label" } },
  ],
  randGaussianNoise: [{ options: { ...sure, std: 10, sampleStd: false } }],
  randRicianNoise: [{ options: { ...sure, std: 10, sampleStd: false } }],
  randBiasField: [{ options: { ...sure, degree: 3, coeffRange: [0.05, 0.0501] } }],
  randHistogramShift: [{ options: { ...sure, numControlPoints: 10 } }],
  randGibbsNoise: [{ options: { ...sure, alpha: [0.5, 0.5001] } }],
  randKSpaceSpikeNoise: [{ options: { ...sure, intensityRange: [10, 10.01] } }],
  randCoarseDropout: [{ options: { ...sure, holes: 5, spatialSize: [20, 20, 20], fillValue: 0 } }],
  randCoarseShuffle: [{ options: { ...sure, holes: 5, spatialSize: [20, 20, 20] } }],
  randScaleIntensity: [{ options: { ...sure, factors: [0.1, 0.2] } }],
  randShiftIntensity: [{ options: { ...sure, offsets: [5, 10] } }],
  randStdShiftIntensity: [{ options: { ...sure, factors: [0.5, 0.6] } }],
  randAdjustContrast: [{ options: { ...sure, gamma: [1.4, 1.5] } }],
  randGaussianSmooth: [{ options: { ...sure, sigmaX: [1, 1.001], sigmaY: [1, 1.001], sigmaZ: [1, 1.001] } }],
  randGaussianSharpen: [
    {
      options: {
        ...sure,
        ...{ sigma1X: [1, 1.001], sigma1Y: [1, 1.001], sigma1Z: [1, 1.001] },
        ...{ sigma2X: 0.5, sigma2Y: 0.5, sigma2Z: 0.5, alpha: [10, 10.1] },
      },
    },
  ],
  // Labels and outputs of networks
  activations: [
    { options: { softmax: true }, on: "probabilities" },
    { options: { sigmoid: true }, on: "probabilities" },
  ],
  asDiscrete: [
    { options: { argmax: true }, on: "probabilities" },
    { options: { threshold: 0.5 }, on: "probabilities" },
    { options: { toOnehot: 4 }, on: "label" },
    { options: { argmax: true, toOnehot: 2 }, on: "probabilities" },
  ],
  keepLargestConnectedComponent: [
    { options: { appliedLabels: [1, 2, 3] }, on: "label" },
    { options: { appliedLabels: [1, 2, 3], independent: false }, on: "label" },
  ],
  removeSmallObjects: [{ options: { minSize: 64 }, on: "label" }],
  fillHoles: [{ options: {}, on: "label" }],
  labelToContour: [{ options: {}, on: "label" }],
  labelFilter: [{ options: { appliedLabels: [1, 3] }, on: "label", bound: 35 }],
  mapLabelValue: [{ options: { origLabels: [1, 2], targetLabels: [2, 1] }, on: "label" }],
  labelToMask: [{ options: { selectLabels: [1, 2] }, on: "label" }],
  distanceTransformEDT: [{ options: {}, on: "mask" }],
  // Utility and patches
  castToType: [{ options: { dtype: "float64" } }, { options: { dtype: "int16" }, bound: 3 }],
  concatItems: [{ options: { keys: ["image", "weight"], name: "both" }, on: "record" }],
  copyItems: [{ options: { keys: "image", times: 1, names: "image2" }, on: "record" }],
  renameItems: [{ options: { keys: ["image"], names: ["scan"] }, on: "record", monai: false }],
  selectItems: [{ options: { keys: ["image"] }, on: "record" }],
  deleteItems: [{ options: { keys: ["label"] }, on: "record" }],
  dataStats: [{ options: { onStats: () => undefined } }],
  ensureChannelFirst: [{ options: { channelDim: "no_channel" }, monai: false }],
  lambda: [{ options: { func: (volume: unknown) => volume }, monai: false }],
  randLambda: [{ options: { ...sure, func: (volume: unknown) => volume }, monai: false }],
  repeatChannel: [{ options: { repeats: 3 } }],
  splitChannel: [{ options: { keys: "image", outputPostfixes: ["a", "b"] }, on: "channels" }],
  squeezeDim: [{ options: { dim: 3 }, on: "slice" }],
  gridPatch: [{ options: { patchSize: [64, 64, 50] } }],
  slidingWindow: [{ options: { keys: "image", roiSize: patch }, on: "record", monai: false }],
};

/** Operators that have no bench of this kind, and why. */
export const elsewhere: Readonly<Record<string, string>> = {
  load: "measured on files",
  decode: "measured as load, which does the same from a file",
  download: "the network decides",
  extract: "measured as a stream of an archive",
  save: "the disk decides",
  simulateDelay: "it waits",
};
