import { expect, test } from "vitest";
import {
  activations,
  asDiscrete,
  distanceTransformEDT,
  labelFilter,
  labelToContour,
  labelToMask,
  mapLabelValue,
} from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { plain, ramp } from "../../support/volumes.ts";

test("a view and its copy come out the same, and the input is not written to", async () => {
  const view = ramp([2, 5, 4, 3], "uint8").flip([0, 2]).permute([1, 2, 0]);
  const before = plain(view);
  for (const operator of [
    asDiscrete({ argmax: true }),
    activations({ softmax: true }),
    labelFilter({ appliedLabels: [3, 4, 5] }),
    labelToContour(),
    labelToMask({ selectLabels: 1 }),
    mapLabelValue({ origLabels: [1, 2, 3], targetLabels: [3, 1, 2] }),
    distanceTransformEDT(),
  ]) {
    expect(plain(await applied(view, operator))).toEqual(plain(await applied(view.toContiguous(), operator)));
    expect(plain(view)).toEqual(before);
  }
});
