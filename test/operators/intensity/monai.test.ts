import { describe, it } from "vitest";
import type { Operator, Volume } from "voxrx";
import {
  adjustContrast,
  gaussianSmooth,
  normalizeIntensity,
  scaleIntensity,
  scaleIntensityRange,
  scaleIntensityRangePercentiles,
  thresholdIntensity,
} from "voxrx/operators";
import { sharedData } from "../../support/shared.ts";
import { applied, expectReference, image, monaiRows, relative, truthRows } from "../reference.ts";

/** The calls of monai.json in the words of VoxRx; numbers are read off the call. */
function operatorOf(operation: string, call: string): Operator<Volume, Volume> | undefined {
  const number = (name: string) => Number(new RegExp(`${name}=(-?[\\d.e+-]+)`).exec(call)?.[1]);
  if (operation === "range_clip" || operation === "range_noclip") {
    const [aMin, aMax, bMin, bMax] = [number("a_min"), number("a_max"), number("b_min"), number("b_max")];
    return scaleIntensityRange({ aMin, aMax, bMin, bMax, clip: operation === "range_clip" });
  }
  if (operation.startsWith("percentiles")) {
    const [lower, upper, bMin, bMax] = [number("lower"), number("upper"), number("b_min"), number("b_max")];
    const relativeToo = call.includes("relative=True");
    return scaleIntensityRangePercentiles({ lower, upper, bMin, bMax, clip: !relativeToo, relative: relativeToo });
  }
  if (operation === "scale") return scaleIntensity({ minv: 0, maxv: 1 });
  if (operation === "normalize") return normalizeIntensity();
  if (operation === "normalize_nonzero_channel") return normalizeIntensity({ nonzero: true, channelWise: true });
  if (operation === "scale_factor") return scaleIntensity({ factor: 0.25 });
  return undefined;
}

describe.skipIf(!sharedData)("intensity operators give MONAI's results on real images", () => {
  for (const { file, operation, call, reference } of monaiRows()) {
    const operator = operatorOf(operation, call);
    if (!operator) continue;
    it(`${operation} of ${file}`, async () => {
      expectReference(await applied(await image(file), operator), reference, relative(reference));
    });
  }

  for (const { file, reference } of truthRows("scaleIntensity")) {
    it(`scaleIntensity of ${file}`, async () => {
      expectReference(await applied(await image(file), scaleIntensity()), reference, relative(reference));
    });
  }

  for (const { file, options, reference } of truthRows("normalizeIntensity")) {
    it(`normalizeIntensity ${JSON.stringify(options)} of ${file}`, async () => {
      const operator = normalizeIntensity({
        nonzero: options.nonzero === true,
        channelWise: options.channelWise === true,
      });
      expectReference(await applied(await image(file), operator), reference, relative(reference));
    });
  }

  for (const { file, options, reference } of truthRows("thresholdIntensity")) {
    it(`thresholdIntensity ${JSON.stringify(options)} of ${file}`, async () => {
      const operator = thresholdIntensity({ threshold: Number(options.threshold), cval: Number(options.cval) });
      expectReference(await applied(await image(file), operator), reference, relative(reference));
    });
  }

  for (const { file, options, reference } of truthRows("scaleIntensityRange")) {
    it(`scaleIntensityRange ${JSON.stringify(options)} of ${file}`, async () => {
      const { aMin, aMax, bMin, bMax, clip } = options;
      const range = { aMin: Number(aMin), aMax: Number(aMax), bMin: Number(bMin), bMax: Number(bMax) };
      const operator = scaleIntensityRange({ ...range, clip: clip === true });
      expectReference(await applied(await image(file), operator), reference, relative(reference));
    });
  }

  for (const { file, options, reference } of truthRows("scaleIntensityRangePercentiles")) {
    it(`scaleIntensityRangePercentiles ${JSON.stringify(options)} of ${file}`, async () => {
      const { lower, upper, bMin, bMax, clip } = options;
      const range = { lower: Number(lower), upper: Number(upper), bMin: Number(bMin), bMax: Number(bMax) };
      const operator = scaleIntensityRangePercentiles({ ...range, clip: clip === true });
      expectReference(await applied(await image(file), operator), reference, relative(reference));
    });
  }

  for (const { file, options, reference } of truthRows("adjustContrast")) {
    it(`adjustContrast ${JSON.stringify(options)} of ${file}`, async () => {
      const operator = adjustContrast({ gamma: Number(options.gamma) });
      expectReference(await applied(await image(file), operator), reference, relative(reference));
    });
  }

  for (const { file, options, reference } of truthRows("gaussianSmooth")) {
    it(`gaussianSmooth ${JSON.stringify(options)} of ${file}`, async () => {
      const operator = gaussianSmooth({ sigma: Number(options.sigma) });
      expectReference(await applied(await image(file), operator), reference, relative(reference));
    });
  }
});
