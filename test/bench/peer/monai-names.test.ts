import { expect, test } from "vitest";
import { monaiSteps } from "../../../bench/peer/monai-names.ts";

test("operators have MONAI's names in PascalCase, with a d for fields, and options in snake_case", () => {
  const steps = [
    { operator: "randKSpaceSpikeNoise", options: { prob: 1, intensityRange: [1, 2] } },
    { operator: "randCropByPosNegLabel", options: { keys: "image", labelKey: "label", numSamples: 4 } },
    { operator: "randGaussianSharpen", options: { sigma1X: [1, 2] } },
  ];
  expect(monaiSteps(steps)).toEqual([
    { transform: "RandKSpaceSpikeNoise", options: { prob: 1, intensity_range: [1, 2] } },
    { transform: "RandCropByPosNegLabeld", options: { keys: "image", label_key: "label", num_samples: 4 } },
    { transform: "RandGaussianSharpen", options: { sigma1_x: [1, 2] } },
  ]);
});

test("exceptions are other names, options or several transforms", () => {
  const steps = [
    { operator: "load", options: { keys: "image", dtype: "float32" } },
    { operator: "spacing", options: { keys: "image", pixdim: 1.5 } },
    { operator: "spatialResample", options: { spatialSize: [4, 4, 4] } },
  ];
  expect(monaiSteps(steps)).toEqual([
    { transform: "LoadImaged", options: { keys: "image" } },
    { transform: "EnsureChannelFirstd", options: { keys: "image" } },
    { transform: "Spacingd", options: { keys: "image", pixdim: [1.5, 1.5, 1.5] } },
    { transform: "SpatialResample", options: {}, call: { spatial_size: [4, 4, 4] } },
  ]);
});

test("functions are left out", () => {
  expect(monaiSteps([{ operator: "dataStats", options: { onStats: () => undefined } }])).toEqual([
    { transform: "DataStats", options: {} },
  ]);
});
