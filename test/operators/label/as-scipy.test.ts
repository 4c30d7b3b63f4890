/**
 * Organ labels of real scans held against scipy.ndimage (1.17): `label`, `binary_dilation` from outside,
 * `distance_transform_edt`, `correlate`.
 */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Volume } from "voxrx";
import { distanceTransformEDT, fillHoles, keepLargestConnectedComponent, labelToContour } from "voxrx/operators";
import { connectedComponents } from "../../../src/kernels/components.ts";
import { bytesOf } from "../../../src/samples.ts";
import { applied } from "../../support/applied.ts";
import { image } from "../../support/monai-reference.ts";
import { sharedData } from "../../support/shared.ts";
import { valuesOf } from "../../support/volumes.ts";
import { flooded, type Shape } from "./flooded.ts";

const digest = (volume: Volume) =>
  createHash("sha256")
    .update(bytesOf(volume.toContiguous("x-fastest").storage))
    .digest("hex")
    .slice(0, 16);
const boxOf = ({ spatialShape: [nx = 1, ny = 1, nz = 1] }: Volume): Shape => [nx, ny, nz];
const count = (volume: Volume) => valuesOf(volume).filter((value) => value !== 0).length;

const truths = [
  {
    file: "labelled/ct_small_seg.nii.gz",
    components: { 1: 65, 3: 54 },
    kept: { 1: 106_761, 3: 106_807 },
    filled: { 1: "36c1b8e33575d5f5", 3: "f266b56668d97b06" },
    distance: { sum: 933_083.0988787095, max: 42.95346318982906 },
    away: { sum: 2_365_823.3464997793, max: 37.25546939712343 },
    contour: "c3b9e44ab877936c",
  },
  {
    file: "labelled/mr_small_seg.nii.gz",
    components: { 1: 33, 3: 32 },
    kept: { 1: 41_110, 3: 41_115 },
    filled: { 1: "6224950ca8e5decf", 3: "6224950ca8e5decf" },
    distance: { sum: 373_054.71721486724, max: 36.61966684720111 },
    away: { sum: 1_556_801.2720722202, max: 40.28262652807038 },
    contour: "1365358096105491",
  },
];

describe.skipIf(!sharedData).each(truths)("$file", (truth) => {
  test("has as many components of each label as flooding and scipy find", async () => {
    const label = await image(truth.file);
    const { storage: samples } = label.toContiguous("x-fastest");
    for (const connectivity of [1, 3] as const) {
      const { labels, sizes } = connectedComponents(samples, boxOf(label), connectivity);
      const expected = flooded(samples, boxOf(label), connectivity);
      expect(sizes.length - 1).toBe(truth.components[connectivity]);
      expect(labels.every((one, at) => one === expected[at])).toBe(true);
      const kept = await applied(label, keepLargestConnectedComponent({ connectivity }));
      expect(count(kept)).toBe(truth.kept[connectivity]);
    }
  });

  test("has the holes filled that scipy's dilation from outside does not reach", async () => {
    for (const connectivity of [1, 3] as const) {
      expect(digest(await applied(await image(truth.file), fillHoles({ connectivity })))).toBe(
        truth.filled[connectivity],
      );
    }
  });

  test("lies as far from its background as scipy says, and its background from it", async () => {
    const label = await image(truth.file);
    const sumAndMax = (volume: Volume) => ({
      sum: valuesOf(volume).reduce((sum, value) => sum + value, 0),
      max: valuesOf(volume).reduce((most, value) => Math.max(most, value), 0),
    });
    const within = sumAndMax(await applied(label, distanceTransformEDT({ sampling: "spacing" })));
    const background = label.withSamples({
      data: label.toContiguous().storage.map((value) => (value === 0 ? 1 : 0)),
      layout: "x-fastest",
    });
    const away = sumAndMax(await applied(background, distanceTransformEDT({ sampling: [0.7, 1.3, 2.1] })));
    // Distances are kept as float32: 6e-8 of each.
    for (const [got, expected] of [
      [within, truth.distance],
      [away, truth.away],
    ] as const) {
      expect(Math.abs(got.sum / expected.sum - 1)).toBeLessThan(1e-7);
      expect(Math.abs(got.max / expected.max - 1)).toBeLessThan(1e-7);
    }
  });

  test("has the contour of scipy's Laplacian", async () => {
    const label = await image(truth.file);
    const mask = label.withSamples({
      data: label.toContiguous().storage.map((value) => (value === 0 ? 0 : 1)),
      layout: "x-fastest",
    });
    expect(digest(await applied(mask, labelToContour()))).toBe(truth.contour);
  });
});
