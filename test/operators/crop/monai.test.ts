import { centerSpatialCrop, spatialCrop } from "voxrx/operators";
import { describe, it } from "vitest";
import { sharedData } from "../../support/shared.ts";
import { applied, expectReference, image, monaiRows, relative, truthRows } from "../reference.ts";

const operators = {
  center_crop: centerSpatialCrop({ roiSize: [31, 24, 9] }),
  spatial_crop: spatialCrop({ roiCenter: [20, 22, 5], roiSize: [16, 17, 8] }),
};

describe.skipIf(!sharedData)("crops give MONAI's results on real images", () => {
  for (const { file, operation, reference } of monaiRows()) {
    if (operation !== "center_crop" && operation !== "spatial_crop") continue;
    it(`${operation} of ${file}`, async () => {
      expectReference(await applied(await image(file), operators[operation]), reference, relative(reference));
    });
  }

  for (const { file, options, reference } of truthRows("centerSpatialCrop")) {
    it(`centerSpatialCrop ${JSON.stringify(options)} of ${file}`, async () => {
      const roiSize = Array.isArray(options.roiSize) ? options.roiSize.map(Number) : [];
      expectReference(await applied(await image(file), centerSpatialCrop({ roiSize })), reference, relative(reference));
    });
  }
});
