import { describe, it } from "vitest";
import type { Operator, Volume } from "voxrx";
import {
  borderPad,
  centerSpatialCrop,
  cropForeground,
  divisiblePad,
  resizeWithPadOrCrop,
  spatialCrop,
  spatialPad,
} from "voxrx/operators";
import { sharedData } from "../../support/shared.ts";
import { applied, expectReference, image, monaiRows, relative, truthRows } from "../reference.ts";

const numbersOf = (given: unknown): number[] => (Array.isArray(given) ? given.map(Number) : []);

/** The calls of monai.json in the words of VoxRx; sizes and thresholds are read off the call. */
function operatorOf(operation: string, call: string): Operator<Volume, Volume> | undefined {
  const spatialSize = numbersOf(JSON.parse(/spatial_size=(\[[^\]]*\])/.exec(call)?.[1] ?? "[]"));
  const threshold = Number(/x > (-?\d+)/.exec(call)?.[1] ?? 0);
  const operators: Record<string, () => Operator<Volume, Volume>> = {
    center_crop: () => centerSpatialCrop({ roiSize: [31, 24, 9] }),
    spatial_crop: () => spatialCrop({ roiCenter: [20, 22, 5], roiSize: [16, 17, 8] }),
    pad_symmetric: () => spatialPad({ spatialSize }),
    pad_end_constant: () => spatialPad({ spatialSize, method: "end", value: -3 }),
    pad_edge: () => spatialPad({ spatialSize, mode: "edge" }),
    pad_or_crop: () => resizeWithPadOrCrop({ spatialSize: [64, 50, 40] }),
    pad_divisible: () => divisiblePad({ k: Number(/k=(\d+)/.exec(call)?.[1]) }),
    crop_foreground: () => cropForeground({ threshold }),
    crop_foreground_margin: () => cropForeground({ threshold, margin: 7, allowSmaller: true }),
    crop_foreground_divisible: () => cropForeground({ threshold, kDivisible: 16 }),
  };
  return operators[operation]?.();
}

/** The rows of truth-transforms.json. */
const fromTruth: Record<string, (options: Readonly<Record<string, unknown>>) => Operator<Volume, Volume>> = {
  centerSpatialCrop: ({ roiSize }) => centerSpatialCrop({ roiSize: numbersOf(roiSize) }),
  spatialPad: ({ spatialSize }) => spatialPad({ spatialSize: numbersOf(spatialSize) }),
  resizeWithPadOrCrop: ({ spatialSize }) => resizeWithPadOrCrop({ spatialSize: numbersOf(spatialSize) }),
  divisiblePad: ({ k }) => divisiblePad({ k: Number(k) }),
  borderPad: ({ spatialBorder }) => borderPad({ spatialBorder: numbersOf(spatialBorder) }),
  cropForeground: ({ margin }) => cropForeground({ margin: Number(margin) }),
};

describe.skipIf(!sharedData)("crops and pads give MONAI's results on real images", () => {
  for (const { file, operation, call, reference } of monaiRows()) {
    const operator = operatorOf(operation, call);
    if (!operator) continue;
    it(`${operation} of ${file}`, async () => {
      expectReference(await applied(await image(file), operator), reference, relative(reference));
    });
  }

  for (const [name, make] of Object.entries(fromTruth)) {
    for (const { file, options, reference } of truthRows(name)) {
      it(`${name} ${JSON.stringify(options)} of ${file}`, async () => {
        expectReference(await applied(await image(file), make(options)), reference, relative(reference));
      });
    }
  }
});
