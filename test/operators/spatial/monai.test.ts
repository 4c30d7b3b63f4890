import { describe, expect, it } from "vitest";
import { type Operator, readVolume, type Volume } from "voxrx";
import { flip, orientation, rotate90, spacing } from "voxrx/operators";
import { sharedData, sharedFile } from "../../support/shared.ts";
import { applied, digest, expectReference, image, monaiRows, ofRange, truthRows } from "../reference.ts";

type Chain = readonly Operator<Volume, Volume>[];

const to = (pixdim: readonly number[], mode: "bilinear" | "nearest", more = {}): Chain => [
  spacing({ pixdim, mode, ...more }),
];

/** The calls of monai.json in the words of VoxRx; the mode is read off the call. */
function chainOf(operation: string, call: string): Chain | undefined {
  const mode = call.includes('"nearest"') ? "nearest" : "bilinear";
  if (operation.startsWith("orient_")) return [orientation({ axcodes: operation.slice(7) })];
  if (operation.startsWith("spacing_1_1_1")) return to([1, 1, 1], mode);
  if (operation.startsWith("spacing_2_2_2")) return to([2, 2, 2], mode);
  if (operation.startsWith("spacing_1.5")) return to([1.5, 1.5, 2], mode);
  if (operation === "spacing_diagonal") return to([2, 2, 2], mode, { diagonal: true });
  if (operation === "spacing_x_only") return to([1.7, -1, -1], mode);
  if (operation === "chain") return [orientation({ axcodes: "RAS" }), ...to([1.5, 1.5, 2], mode)];
  if (operation === "rotate90") return [rotate90()];
  if (operation === "rotate90_3") return [rotate90({ k: 3, spatialAxes: [1, 2] })];
  if (operation === "flip") return [flip({ spatialAxis: [0, 2] })];
  return undefined;
}

describe.skipIf(!sharedData)("spatial operators give MONAI's results on real images", () => {
  for (const { file, operation, call, reference } of monaiRows()) {
    const chain = chainOf(operation, call);
    if (!chain) continue;
    it(`${operation} of ${file}`, async () => {
      expectReference(await applied(await image(file), ...chain), reference, ofRange(reference));
    });
  }

  for (const { file, options, reference } of truthRows("orientation")) {
    it(`orientation ${JSON.stringify(options)} of ${file}`, async () => {
      const operator = orientation({ axcodes: String(options.axcodes) });
      expectReference(await applied(await image(file), operator), reference, () => 0);
    });
  }

  for (const { file, options, reference } of truthRows("flip")) {
    it(`flip ${JSON.stringify(options)} of ${file}`, async () => {
      const operator = flip({ spatialAxis: Number(options.spatialAxis) });
      expectReference(await applied(await image(file), operator), reference, () => 0);
    });
  }

  for (const { file, options, reference } of truthRows("rotate90")) {
    it(`rotate90 ${JSON.stringify(options)} of ${file}`, async () => {
      const operator = rotate90({ k: Number(options.k), spatialAxes: [0, 2] });
      expectReference(await applied(await image(file), operator), reference, () => 0);
    });
  }

  for (const { file, options, reference } of truthRows("spacing")) {
    it(`spacing ${JSON.stringify(options)} of ${file}`, async () => {
      const operator = spacing({
        pixdim: Array.isArray(options.pixdim) ? options.pixdim.map(Number) : [],
        mode: options.mode === "nearest" ? "nearest" : "bilinear",
        diagonal: options.diagonal === true,
        scaleExtent: options.scaleExtent === true,
      });
      expectReference(await applied(await image(file), operator), reference, ofRange(reference));
    });
  }
});

describe.skipIf(!sharedData)("one head, stored in twelve ways", () => {
  it("is the same after orientation RAS", async () => {
    const { readdirSync } = await import("node:fs");
    const files = readdirSync(sharedFile("orient")).filter((name) => name.endsWith(".nii.gz"));
    expect(files).toHaveLength(12);
    const digests = new Set<string>();
    for (const file of files) {
      const volume = await readVolume(sharedFile("orient", file));
      const turned = await applied(volume, orientation({ axcodes: "RAS" }));
      expect(turned.axcodes).toBe("RAS");
      expect(turned.spatialShape).toEqual([64, 79, 67]);
      digests.add(digest(turned));
    }
    expect(digests.size).toBe(1);
  });
});
